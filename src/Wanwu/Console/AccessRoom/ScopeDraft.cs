namespace Wanwu.Console.AccessRoom;

/// <summary>Over what something is to hold, as it is being chosen.</summary>
public sealed record ScopeDraft(string? Organisation, string? Region, string? Sector)
{
    public static readonly ScopeDraft Everything = new(null, null, null);
}
