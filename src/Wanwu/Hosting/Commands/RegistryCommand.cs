using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Hosting.Commands;

/// <summary>What commands that ask and change the registry have in common. The server may be running or not: it takes a change over within a second.</summary>
internal static class RegistryCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public delegate Task<int> Act(ParseResult parsed, IServiceProvider services, CancellationToken stop);

    /// <param name="parts">Its arguments and options, as its help lists them.</param>
    public static Command Of(string name, string description, Symbol[] parts, Act act) => Bare(name, description, parts, async (parsed, stop) =>
    {
        await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
        // Rules are asked of what the registry holds at this moment.
        await services.GetRequiredService<RegistryFeed>().FollowAsync(stop);
        return await act(parsed, services, stop);
    });

    /// <summary>The same without the registry.</summary>
    public static Command Bare(string name, string description, Symbol[] parts, Func<ParseResult, CancellationToken, Task<int>> act)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        foreach (var part in parts)
            if (part is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)part);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => StrayOf(parsed.UnmatchedTokens) is { } stray
            ? CommandLine.FailAsync(ExitCodes.Usage, $"'{stray}' is neither an option of this command nor a setting (--Section:Name=value). --help lists what it takes.")
            : act(parsed, stop)));
        return command;
    }

    public static Command Group(string name, string description, params ReadOnlySpan<Command> commands)
    {
        var group = new Command(name, description);
        foreach (var command in commands) group.Subcommands.Add(command);
        return group;
    }

    /// <summary>What is no setting: a mistyped option must not be passed over, or a grant over a part would be one over everything.</summary>
    private static string? StrayOf(IReadOnlyList<string> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            var name = tokens[i].Split('=')[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !name.Contains(':', StringComparison.Ordinal)) return tokens[i];
            if (name.Length == tokens[i].Length) i++;
        }
        return null;
    }

    public static Option<bool> JsonOption() => new("--json") { Description = "Prints JSON, with members as the API has them." };

    /// <summary>Prints a list: one line each with tabs between, or JSON.</summary>
    public static int Print<T>(IEnumerable<T> items, bool asJson, Func<T, IEnumerable<string?>> line)
    {
        if (asJson) System.Console.Out.WriteLine(JsonSerializer.Serialize(items.ToList(), Json));
        else
            foreach (var item in items) System.Console.Out.WriteLine(string.Join('\t', line(item).Select(Plain)));
        return ExitCodes.Done;
    }

    /// <summary>What devices and people have said does nothing to the terminal.</summary>
    public static string Plain(string? text) => text is null ? "" : string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    /// <summary>What is printed alone, for a script to take.</summary>
    public static int Tell(string text)
    {
        System.Console.Out.WriteLine(text);
        return ExitCodes.Done;
    }

    public static Task<int> RefuseAsync(string sentence) => CommandLine.FailAsync(ExitCodes.Refused, sentence);

    public static async Task<int> RefuseAsync(FieldFaults faults)
    {
        foreach (var (member, told) in faults.All)
            foreach (var fault in told) await CommandLine.FailAsync(ExitCodes.Refused, member.Length == 0 ? fault : $"{member}: {fault}");
        return ExitCodes.Refused;
    }

    public static Option<int?> DaysOption(string description)
    {
        var days = new Option<int?>("--days") { Description = description };
        days.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var number) || number is < 1 or > 3_650)) result.AddError($"--days {token.Value}: 1 to 3650.");
        });
        return days;
    }

    /// <summary>When so many days have passed.</summary>
    public static Timestamp? After(int? days, IServiceProvider services) =>
        days is { } count ? Timestamp.From(services.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(count)) : null;
}
