using System.CommandLine;
using Wanwu.Hosting.Options;
using Wanwu.Security.Audit;

namespace Wanwu.Hosting.Commands;

/// <summary>The sub-commands of <c>wanwu</c>. Without one, <c>serve</c> runs.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Wanwu 萬物: one orderly Internet of Things. Without a command, serve runs. Settings follow any command as --Section:Name=value; docs/configuration.md lists them.");
        foreach (var command in (Command[])[ServeCommand.Create(), DeviceCommands.CreateDemo(), TokenCommand.Create(), .. AccessCommands(), TlsCommand.Create(), DeviceCommands.CreateReplay(), ImportCommand.Create(), ExportCommand.Create(), PersonalCommand.Create(), .. CareCommands.Create()])
            root.Subcommands.Add(command);
        // `wanwu --Data:Path=x` means `wanwu serve --Data:Path=x`.
        if (args.Length == 0 || (args[0].StartsWith('-') && args[0] is not ("--help" or "-h" or "-?" or "--version"))) args = ["serve", .. args];
        var parsed = root.Parse(args);
        // The server's own lifetime answers Ctrl-C and SIGTERM; a second handler with its own time limit would cut it short.
        var how = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        var code = await parsed.InvokeAsync(how);
        return parsed.Errors.Count > 0 ? ExitCodes.Usage : code;
    }

    private static Command[] AccessCommands() =>
    [
        PersonCommand.Create(), GrantCommand.Create(), OrganisationCommand.Create(), ThingCommand.Create(), KeyCommand.Create(), UnknownCommand.Create(), BanCommand.Create(), BindingCommand.Create(),
        CertificateCommands.CreateAuthority(),
    ];

    /// <summary>Runs a command; what a person can put right is said in words, without a stack.</summary>
    public static async Task<int> GuardedAsync(Func<Task<int>> command)
    {
        Origin.Current = new Origin(new Actor("command", null, Environment.UserName), "command line");
        try
        {
            return await command();
        }
        catch (SettingsException refused)
        {
            return await FailAsync(ExitCodes.Configuration, refused.Message);
        }
        catch (Exception refused) when (refused is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return await FailAsync(ExitCodes.Refused, refused.Message);
        }
    }

    public static async Task<int> FailAsync(int code, string message)
    {
        await System.Console.Error.WriteLineAsync($"wanwu: {message}");
        return code;
    }
}
