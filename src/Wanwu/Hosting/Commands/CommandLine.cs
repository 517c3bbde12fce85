using System.CommandLine;

namespace Wanwu.Hosting.Commands;

/// <summary>The sub-commands of <c>wanwu</c>. Without one, <c>serve</c> runs.</summary>
internal static class CommandLine
{
    private static readonly string[] Names = ["serve"];

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Wanwu 萬物: one orderly Internet of Things.");
        root.Subcommands.Add(ServeCommand.Create());
        // `wanwu --Data:Path=x` means `wanwu serve --Data:Path=x`.
        if (args.Length == 0 || (args[0].StartsWith('-') && args[0] is not ("--help" or "-h" or "-?" or "--version"))) args = [Names[0], .. args];
        // The server's own lifetime answers Ctrl-C and SIGTERM; a second handler with its own time limit would cut it short.
        var how = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        return await root.Parse(args).InvokeAsync(how);
    }
}
