using System.CommandLine;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;
using Wanwu.Things;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu thing credentials|quarantine|release</c>: what a thing signs in with, and whether anything is taken from it. The server may be running or not.</summary>
internal static class ThingStandingCommands
{
    public static IEnumerable<Command> Create() => [Credentials(), Quarantine(), Release(), CertificateCommands.CreateOfThing()];

    private static Command Credentials()
    {
        var overlap = new Option<double?>("--overlap") { Description = "Hours for which the former password holds besides, 0 to 2160; 0 ends it at once. Security:Things:OverlapHours unless told." };
        overlap.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!double.TryParse(token.Value, System.Globalization.CultureInfo.InvariantCulture, out var hours) || !(hours >= 0 && hours <= Rotation.Longest.TotalHours))) result.AddError($"--overlap {token.Value}: 0 to {Rotation.Longest.TotalHours}.");
        });
        var atUse = new Option<bool>("--ends-at-use") { Description = "The former password ends already when the new one is used." };
        return Of("credentials", "Makes a new password for a thing and prints it, alone, on standard output. It is shown this once.", [overlap, atUse], async (parsed, services, id, stop) =>
        {
            var usual = services.GetRequiredService<IOptions<ContactOptions>>().Value.Overlap;
            var rotation = new Rotation(parsed.GetValue(overlap) is { } hours ? TimeSpan.FromHours(hours) : usual.Overlap, parsed.GetValue(atUse));
            var result = await services.GetRequiredService<ThingChanges>().RotateAsync(id, rotation, stop);
            if (result.Outcome == ThingOutcome.Done) System.Console.Out.WriteLine(result.Password);
            return result;
        });
    }

    private static Command Quarantine()
    {
        var reason = new Option<string>("--reason") { Description = "What refused peers and people are told.", Required = true };
        reason.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && ThingStandingEndpoints.FaultOfReason(token.Value.Trim()) is { } fault) result.AddError($"--reason: {fault}");
        });
        return Of("quarantine", "Has nothing taken from a thing until it is released.", [reason],
            (parsed, services, id, stop) => services.GetRequiredService<ThingChanges>().QuarantineAsync(id, parsed.GetValue(reason)!.Trim(), Caller.OfCommandLine, stop));
    }

    private static Command Release() => Of("release", "Releases a thing from quarantine.", [], (_, services, id, stop) => services.GetRequiredService<ThingChanges>().QuarantineAsync(id, null, "", stop));

    private static Command Of(string name, string description, Option[] options, Func<ParseResult, IServiceProvider, ThingId, CancellationToken, Task<ThingResult>> act)
    {
        var thing = new Argument<string>("ID") { Description = "Id of the thing." };
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        command.Arguments.Add(thing);
        foreach (var option in options) command.Options.Add(option);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
            var result = ThingId.TryParse(parsed.GetValue(thing), null, out var id) ? await act(parsed, services, id, stop) : new ThingResult(ThingOutcome.NotFound, default);
            if (result.Outcome == ThingOutcome.Done) return ExitCodes.Done;
            await System.Console.Error.WriteLineAsync($"wanwu: {(result.Outcome == ThingOutcome.NotFound ? $"There is no thing '{parsed.GetValue(thing)}'." : string.Join(' ', result.Faults?.All.SelectMany(fault => fault.Value) ?? []))}");
            return ExitCodes.Refused;
        }));
        return command;
    }
}
