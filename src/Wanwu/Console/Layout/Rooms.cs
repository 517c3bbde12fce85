using MudBlazor;

namespace Wanwu.Console.Layout;

/// <summary>One entry of the rail. A room is listed from the day it has a page, in the order of the work.</summary>
internal sealed record Room(string Name, string Path, string Glyph);

internal static class Rooms
{
    public static readonly IReadOnlyList<Room> All =
    [
        new("room.things", "things", Icons.Material.Outlined.Sensors),
        new("room.data", "sql", Icons.Material.Outlined.QueryStats),
        new("room.settings", "settings", Icons.Material.Outlined.Tune),
    ];
}
