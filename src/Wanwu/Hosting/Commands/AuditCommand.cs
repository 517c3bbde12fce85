using System.CommandLine;
using System.Globalization;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;
using Wanwu.Security.Audit.Reading;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu check audit</c>: proves the audit trail whole, or names the first record that is not as it was written.</summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var witness = new Option<string?>("--witness")
        {
            Description = "The last record of an earlier check, as SEQUENCE:HASH: proves that the trail still holds it, so that nothing before it was taken back or written anew.",
        };
        var command = new Command("audit", $"Reads the whole audit trail: every hash and every signature. The server may be running. Exit code {ExitCodes.Damaged} when it is not whole.") { TreatUnmatchedTokensAsErrors = false };
        command.Options.Add(witness);
        witness.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Witness.Read(token.Value) is null) result.AddError($"--witness {token.Value}: expected SEQUENCE:HASH, as an earlier check has printed it.");
        });
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => RunAsync([.. parsed.UnmatchedTokens], parsed.GetValue(witness), stop)));
        return command;
    }

    private static async Task<int> RunAsync(string[] settings, string? witness, CancellationToken stop)
    {
        await using var services = await CommandServices.OpenAsync(settings, stop);
        var trail = services.GetRequiredService<AuditTrail>();
        var proof = new AuditVerification(trail.Folder, trail.Keys.Trusted(), await AuditLock.EndAsync(trail.Folder), witness is null ? null : Witness.Read(witness)).Run(TimeProvider.System, stop);
        foreach (var found in proof.Findings)
            System.Console.Out.WriteLine($"{found.File}: {(found.Sequence is { } sequence ? $"record {sequence}" : "")}{(found.Time is { } time ? $" (last good time {time})" : "")}: {found.What}");
        System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(proof.Whole ? "Whole" : "Broken")}: records {proof.First} to {proof.Last} in {Amount.Of(proof.Files, "file")}{(proof.LastTime is { } last ? $", the last of {last}" : "")}; signed up to {proof.Signed} by {string.Join(", ", proof.Keys)}."));
        if (proof is { Whole: true, Hash: { } hash }) System.Console.Out.WriteLine($"Witness: {proof.Last}:{hash}");
        return proof.Whole ? ExitCodes.Done : ExitCodes.Damaged;
    }
}
