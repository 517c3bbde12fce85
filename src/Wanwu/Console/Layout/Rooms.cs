using MudBlazor;
using Wanwu.Security.Access;

namespace Wanwu.Console.Layout;

/// <summary>One entry of the rail. A room is listed from the day it has a page, in the order of the work.</summary>
/// <param name="Asks">What one must be allowed to do to see it; null for everybody who is signed in.</param>
internal sealed record Room(string Name, string Path, string Glyph, Permission? Asks = null)
{
    /// <summary>Shorter addresses of its tabs.</summary>
    public IReadOnlyList<string> Also { get; init; } = [];

    /// <param name="path">An address, relative to the console's.</param>
    public bool Holds(string path)
    {
        var page = path.AsSpan(0, path.AsSpan().IndexOfAny('?', '#') is var end && end >= 0 ? end : path.Length);
        foreach (var one in Also)
            if (page.Equals(one, StringComparison.OrdinalIgnoreCase)) return true;
        return page.StartsWith(Path, StringComparison.OrdinalIgnoreCase) && (page.Length == Path.Length || page[Path.Length] == '/');
    }
}

internal static class Rooms
{
    public static readonly IReadOnlyList<Room> All =
    [
        new("room.things", "things", Icons.Material.Outlined.Sensors) { Also = ["imports"] },
        new("room.organisations", "organisations", Icons.Material.Outlined.AccountTree, Permission.ReadThings),
        new("room.data", "sql", Icons.Material.Outlined.QueryStats, Permission.QuerySql) { Also = ["personal"] },
        new("room.security", "audit", Icons.Material.Outlined.Shield, Permission.ReadAudit),
        new("room.settings", "settings", Icons.Material.Outlined.Tune) { Also = ["storage", "tokens"] },
    ];
}
