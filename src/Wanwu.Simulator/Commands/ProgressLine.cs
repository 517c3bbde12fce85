using Wanwu.Simulator.Replays;

namespace Wanwu.Simulator.Commands;

/// <summary>Tells the person at the terminal, now and then and at the end, what has become of the messages.</summary>
internal static class ProgressLine
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public static async Task<int> FollowAsync(Task play, ReplayAccount account, TimeProvider clock, CancellationToken stop)
    {
        string? trouble = null;
        while (await Task.WhenAny(play, Task.Delay(Interval, clock, CancellationToken.None)) != play)
        {
            Console.Out.WriteLine(account);
            if (account.LastTrouble is { } last && last != trouble) await Console.Error.WriteLineAsync(trouble = last);
        }
        try
        {
            await play;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.Out.WriteLine(account);
            return ExitCode.Interrupted;
        }
        Console.Out.WriteLine(account);
        return account.AcknowledgedMessages == account.Published ? ExitCode.Done : ExitCode.NotAllKept;
    }
}
