using System.CommandLine;
using System.Globalization;
using Wanwu.Hosting.Export;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu check export</c>: proves by signature and checksums that an export is as it was written. Needs no server and no data folder.</summary>
internal static class ExportCheckCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("EXPORT") { Description = "The folder, or the file, that export wrote." };
        var key = new Option<string[]>("--key") { Description = "PEM file with a public key that is trusted to sign. Without one, the key beside the export is taken, and its fingerprint is to be compared.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("export", $"Verifies the signature of an export and the checksum of each of its files. Exit code {ExitCodes.Damaged} when something is not as it was written.");
        command.Arguments.Add(target);
        command.Options.Add(key);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => RunAsync(parsed.GetRequiredValue(target), parsed.GetValue(key) ?? [], stop)));
        return command;
    }

    private static async Task<int> RunAsync(string target, string[] keyFiles, CancellationToken stop)
    {
        List<byte[]> trusted = [];
        foreach (var file in keyFiles)
            trusted.Add(File.Exists(file) && ExportSignature.ReadPem(await File.ReadAllTextAsync(file, stop)) is { } key ? key : throw new InvalidDataException($"{file} holds no public key (PEM)."));
        var place = new ExportTarget(target, null);
        var manifest = ExportManifest.Find(place.ManifestPath) ?? throw new InvalidDataException($"There is no {place.ManifestPath}: {target} is no export.");
        var (fingerprint, fault) = ExportSignature.Verify(place.ManifestPath, trusted);
        var faults = new List<string>();
        if (fault is not null) faults.Add(fault);
        foreach (var file in manifest.Files)
            if (!await place.IsWholeAsync(file, stop)) faults.Add($"{file.Name} is missing, or not as it was written.");
        if (!manifest.IsComplete) faults.Add("The export was cut off: not all that was asked for is in it.");
        foreach (var found in faults) System.Console.Out.WriteLine(found);
        System.Console.Out.WriteLine(faults.Count > 0 ? "Not proved." : string.Create(CultureInfo.InvariantCulture,
            $"Proved: {Amount.Of(manifest.Rows, "observation")} in {Amount.Of(manifest.Files.Count, "file")} of {manifest.Created}, signed by {fingerprint}{(trusted.Count == 0 ? " (its own word: compare it with the fingerprint the server shows, or give the key with --key)" : "")}."));
        return faults.Count == 0 ? ExitCodes.Done : ExitCodes.Damaged;
    }
}
