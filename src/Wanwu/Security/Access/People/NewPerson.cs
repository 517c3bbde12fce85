using System.Security.Cryptography;
using Wanwu.Things;

namespace Wanwu.Security.Access.People;

/// <summary>The one place where an account begins: with no grant yet; who makes it adds one, so never two of the administrations.</summary>
internal static class NewPerson
{
    public static Person Of(string name, string? email, TimeProvider clock) => new()
    {
        Id = Guid.CreateVersion7(clock.GetUtcNow()), UserName = name, NormalizedUserName = name.ToUpperInvariant(),
        Email = email, NormalizedEmail = email?.ToUpperInvariant(), LockoutEnabled = true, SecurityStamp = Stamp(), Created = Timestamp.Now(clock),
    };

    /// <summary>What changes with it holds no longer: whatever was begun under the old one.</summary>
    public static string Stamp() => Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
}
