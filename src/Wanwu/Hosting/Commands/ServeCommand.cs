using System.CommandLine;

namespace Wanwu.Hosting.Commands;

internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new Command("serve", "Runs the platform until Ctrl-C.") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction((parsed, stop) => ServeAsync([.. parsed.UnmatchedTokens], stop));
        return command;
    }

    private static async Task<int> ServeAsync(string[] settings, CancellationToken stop)
    {
        await using var app = Composition.Build(settings);
        await app.RunAsync(stop);
        return 0;
    }
}
