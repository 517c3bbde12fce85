using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Wanwu.Hosting.Options;
using Wanwu.Hosting.Tls;
using Wanwu.Registry;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu tls create|use|show</c>: the certificate that all doors serve with. A running server takes a new one over by itself.</summary>
internal static class TlsCommand
{
    private static readonly string[] ThisMachine = ["localhost", "127.0.0.1", "::1"];

    public static Command Create()
    {
        var command = new Command("tls", "The server's certificate, for console, API, MQTT over TLS and over WebSocket.");
        foreach (var each in (Command[])[Make(), Use(), Show()]) command.Subcommands.Add(each);
        return command;
    }

    private static Command Make()
    {
        var names = new Option<string[]>("--name") { Description = "A host name or address by which clients call the server; several may be given. Those of this machine unless given." };
        var days = new Option<int>("--days") { Description = $"Days it holds, up to {ClosedNetwork.MostDays}.", DefaultValueFactory = _ => ClosedNetwork.DefaultDays };
        var force = new Option<bool>("--force") { Description = "Also where a certificate is in place that was brought by 'tls use'." };
        var create = new Command("create", "Makes a certificate for a closed network, and the authority that clients are to trust (tls/ca.pem). Done again, it renews the certificate and keeps the authority.") { TreatUnmatchedTokensAsErrors = false };
        foreach (Option option in (Option[])[names, days, force]) create.Options.Add(option);
        days.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var number) || number is < 1 or > ClosedNetwork.MostDays)) result.AddError($"--days {token.Value}: 1 to {ClosedNetwork.MostDays}.");
        });
        create.SetAction((parsed, _) => CommandLine.GuardedAsync(() => MakeAsync(parsed.GetValue(names) ?? [], parsed.GetValue(days), parsed.GetValue(force), [.. parsed.UnmatchedTokens])));
        return create;
    }

    private static async Task<int> MakeAsync(string[] given, int days, bool force, string[] settings)
    {
        if (given.FirstOrDefault(name => !ClosedNetwork.IsName(name)) is { } wrong) return await NoNameAsync(wrong);
        var files = Files(settings);
        var network = new ClosedNetwork(files, TimeProvider.System);
        if (!force && !network.IsOwn()) return await CommandLine.FailAsync(ExitCodes.Refused, $"{files.Certificate} is a certificate that was brought by 'tls use'. --force replaces it.");
        string[] names = [.. (given.Length > 0 ? given : ClosedNetwork.OwnNames()).Concat(ThisMachine).Distinct(StringComparer.OrdinalIgnoreCase)];
        var isNew = network.Create(names, days);
        Tell(files);
        var output = System.Console.Out;
        output.WriteLine(isNew ? $"Authority    {files.Authority}     (new: give it to every client; keep {files.AuthorityKey} safe, best elsewhere)" : $"Authority    {files.Authority}     (as before)");
        output.WriteLine();
        output.WriteLine("A server that runs with it takes it over by itself. To start one:");
        output.WriteLine("  ./wanwu serve --urls https://0.0.0.0:8443");
        return ExitCodes.Done;
    }

    private static Command Use()
    {
        var certificate = new Argument<string>("CERTIFICATE") { Description = "PEM file with the server's certificate and, behind it, its chain." };
        var key = new Argument<string>("KEY") { Description = "PEM file with its private key." };
        var names = new Option<string[]>("--name") { Description = "A host name or address that it must be for; several may be given." };
        var use = new Command("use", "Takes a certificate of your own, after a look at key, names, time and chain.") { TreatUnmatchedTokensAsErrors = false };
        use.Arguments.Add(certificate);
        use.Arguments.Add(key);
        use.Options.Add(names);
        use.SetAction((parsed, _) => CommandLine.GuardedAsync(() => UseAsync(parsed.GetValue(certificate)!, parsed.GetValue(key)!, parsed.GetValue(names) ?? [], [.. parsed.UnmatchedTokens])));
        return use;
    }

    private static async Task<int> UseAsync(string certificate, string key, string[] names, string[] settings)
    {
        if (names.FirstOrDefault(name => !ClosedNetwork.IsName(name)) is { } wrong) return await NoNameAsync(wrong);
        var offered = OfferedCertificate.Look(new CertificateFiles(certificate, key, null), names, TimeProvider.System.GetUtcNow());
        foreach (var fault in offered.Faults) await CommandLine.FailAsync(ExitCodes.Refused, fault);
        if (offered.Faults.Count > 0) return ExitCodes.Refused;
        var files = Files(settings);
        files.Keep(await File.ReadAllTextAsync(certificate), await File.ReadAllTextAsync(key));
        Tell(files);
        foreach (var note in offered.Notes) System.Console.Out.WriteLine($"Note         {note}");
        return ExitCodes.Done;
    }

    private static Command Show()
    {
        var show = new Command("show", "Shows the certificate, how long it holds, and which doors serve with it.") { TreatUnmatchedTokensAsErrors = false };
        show.SetAction((parsed, _) => CommandLine.GuardedAsync(() => ShowAsync([.. parsed.UnmatchedTokens])));
        return show;
    }

    private static async Task<int> ShowAsync(string[] settings)
    {
        using var configuration = Read(settings);
        var files = ServerTls.Of(configuration);
        if (File.Exists(files.Certificate)) Tell(files);
        var served = 0;
        foreach (var (door, section) in (ReadOnlySpan<(string, string)>)[("https, wss", "Http"), ("mqtts", "Connect:Mqtt:Tls")])
        {
            if (configuration[$"{section}:CertificateFile"] is not { } file) continue;
            System.Console.Out.WriteLine($"{door,-12} {file}");
            served++;
        }
        return served > 0 ? ExitCodes.Done : await CommandLine.FailAsync(ExitCodes.Refused, "There is no certificate. './wanwu tls create' makes one, './wanwu tls use' takes yours.");
    }

    private static Task<int> NoNameAsync(string text) => CommandLine.FailAsync(ExitCodes.Refused, $"'{text}' is neither a host name nor an address.");

    private static void Tell(ServerTls files)
    {
        using var own = X509Certificate2.CreateFromPem(File.ReadAllText(files.Certificate));
        var output = System.Console.Out;
        var left = (new DateTimeOffset(own.NotAfter) - TimeProvider.System.GetUtcNow()).TotalDays;
        output.WriteLine($"Certificate  {files.Certificate}");
        output.WriteLine($"For          {string.Join(", ", OfferedCertificate.NamesOf(own))}");
        output.WriteLine($"Issued by    {own.Issuer}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Holds until  {own.NotAfter.ToUniversalTime():u}     ({left:F0} days)"));
        output.WriteLine($"SHA-256      {own.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()}");
    }

    /// <summary>Without a look at the other settings: a certificate that cannot be used must not keep anybody from replacing it.</summary>
    private static ServerTls Files(string[] settings)
    {
        using var configuration = Read(settings);
        return ServerTls.Of(configuration);
    }

    private static ConfigurationManager Read(string[] settings)
    {
        var configuration = new ConfigurationManager();
        Configuration.Load(configuration, settings);
        _ = new DataFolder(configuration);
        return configuration;
    }
}
