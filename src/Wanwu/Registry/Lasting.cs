namespace Wanwu.Registry;

/// <summary>Runs what lasts as long as the server. What such a loop throws is told, and it begins again: one that fails takes neither the server with it nor ends unseen.</summary>
internal static partial class Lasting
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromMinutes(1);

    /// <summary>Runs <paramref name="work"/> until it returns or <paramref name="stop"/>. After a fault it begins again in a second, after each further one within a minute in twice the time, to a minute.</summary>
    /// <param name="name">What the log calls it.</param>
    public static async Task RunAsync(string name, Func<CancellationToken, Task> work, TimeProvider clock, ILogger logger, CancellationToken stop)
    {
        var pause = First;
        while (!stop.IsCancellationRequested)
        {
            var began = clock.GetTimestamp();
            try
            {
                await work(stop);
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            // The edge of the loop.
#pragma warning disable CA1031
            catch (Exception fault)
#pragma warning restore CA1031
            {
                pause = clock.GetElapsedTime(began) > Longest ? First : pause;
                Failed(logger, fault, name, pause.TotalSeconds);
            }
            try
            {
                await Task.Delay(pause, clock, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            pause = pause * 2 < Longest ? pause * 2 : Longest;
        }
    }

    [LoggerMessage(1010, LogLevel.Critical, "{Name} failed and begins again in {Seconds} s. This is a fault of the program: please report it with these lines")]
    private static partial void Failed(ILogger logger, Exception fault, string name, double seconds);
}
