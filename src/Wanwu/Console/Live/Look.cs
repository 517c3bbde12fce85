namespace Wanwu.Console.Live;

/// <summary>One look of a page at its thing: handed down to the page's parts, so that all show the same moment.</summary>
public sealed class Look
{
    internal WatchNews? News { get; init; }
}
