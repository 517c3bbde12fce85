using System.Collections.Concurrent;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>Passwords made on this circuit, so that the lines to copy can hold them until the page is left. Never stored, never shown to another circuit.</summary>
internal sealed class FreshCredentials
{
    private readonly ConcurrentDictionary<ThingId, string> _passwords = new();

    public void Keep(ThingId thing, string password) => _passwords[thing] = password;

    public string? Take(ThingId thing) => _passwords.TryRemove(thing, out var password) ? password : null;
}
