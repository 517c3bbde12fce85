using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using Wanwu.Registry;

namespace Wanwu.Security.Access.OAuth;

/// <summary>The keys that sign and seal tokens: made on first use, sealed by the key ring, renewed after some time and kept as long as anything they have sealed may hold.</summary>
/// <remarks>One file a pair of keys, named by when it was made. The newest signs and seals.</remarks>
internal sealed partial class OAuthKeys : IConfigureOptions<OpenIddictServerOptions>, IOptionsChangeTokenSource<OpenIddictServerOptions>, IDisposable
{
    public const string DefaultFolder = "oauth-keys";
    private const string TimeFormat = "yyyyMMdd'T'HHmmssfff'Z'", Extension = ".key";
    private readonly Lock _gate = new();
    private readonly DataFolder _data;
    private readonly OAuthOptions _options;
    private readonly IDataProtector _seal;
    private readonly TimeProvider _clock;
    private readonly ILogger<OAuthKeys> _logger;
    private CancellationTokenSource _changed = new();
    private List<Pair>? _pairs;

    public OAuthKeys(DataFolder data, IOptions<OAuthOptions> options, IDataProtectionProvider seals, TimeProvider clock, ILogger<OAuthKeys> logger) =>
        (_data, _options, _seal, _clock, _logger) = (data, options.Value, seals.CreateProtector("Wanwu.OAuth.Keys"), clock, logger);

    private sealed record Pair(string Path, DateTimeOffset Made, ECDsaSecurityKey Signing, SymmetricSecurityKey Sealing);

    /// <summary>What lies, sealed, in a file.</summary>
    private sealed record Content(byte[] Signing, byte[] Sealing);

    public string? Name => Options.DefaultName;

    private string Folder => _options.KeyFolder is { Length: > 0 } elsewhere ? Path.GetFullPath(elsewhere) : _data.File(DefaultFolder);

    public void Configure(OpenIddictServerOptions options)
    {
        foreach (var pair in Current())
        {
            options.SigningCredentials.Add(new SigningCredentials(pair.Signing, SecurityAlgorithms.EcdsaSha256));
            options.EncryptionCredentials.Add(new EncryptingCredentials(pair.Sealing, SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));
        }
    }

    public IChangeToken GetChangeToken()
    {
        lock (_gate) return new CancellationChangeToken(_changed.Token);
    }

    /// <summary>Makes new keys when it is time, and lets go of those of which nothing holds any more. To be called once an hour or so.</summary>
    public void Renew()
    {
        CancellationTokenSource before;
        lock (_gate)
        {
            var pairs = Load();
            var now = _clock.GetUtcNow();
            var isDue = now - pairs[0].Made >= TimeSpan.FromDays(_options.KeyDays);
            // The pair after it was made when it ceased to seal.
            var dead = pairs.Where((_, index) => index > 0 && now - pairs[index - 1].Made > TimeSpan.FromDays(_options.RefreshTokenDays + 1)).ToList();
            if (!isDue && dead.Count == 0) return;
            foreach (var pair in dead) File.Delete(pair.Path);
            _pairs = [.. isDue ? [Make(now)] : (Pair[])[], .. pairs.Except(dead)];
            (before, _changed) = (_changed, new CancellationTokenSource());
        }
        before.Cancel();
        before.Dispose();
    }

    private List<Pair> Current()
    {
        lock (_gate) return Load();
    }

    private List<Pair> Load()
    {
        if (_pairs is not null) return _pairs;
        CreateFolder();
        List<Pair> pairs = [.. Directory.EnumerateFiles(Folder, "*" + Extension).OrderDescending(StringComparer.Ordinal).Select(Read).OfType<Pair>()];
        if (pairs.Count == 0) pairs.Add(Make(_clock.GetUtcNow()));
        return _pairs = pairs;
    }

    private Pair? Read(string path)
    {
        if (!DateTimeOffset.TryParseExact(Path.GetFileNameWithoutExtension(path), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var made)) return null;
        try
        {
            var content = JsonSerializer.Deserialize<Content>(_seal.Unprotect(File.ReadAllBytes(path)))!;
            var signing = ECDsa.Create();
            signing.ImportPkcs8PrivateKey(content.Signing, out _);
            return PairOf(path, made, signing, content.Sealing);
        }
        catch (Exception fault) when (fault is CryptographicException or JsonException)
        {
            Unreadable(path, fault);
            return null;
        }
    }

    private Pair Make(DateTimeOffset now)
    {
        var signing = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var sealing = RandomNumberGenerator.GetBytes(32);
        var path = Path.Combine(Folder, now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture) + Extension);
        var how = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(path, how))
        {
            file.Write(_seal.Protect(JsonSerializer.SerializeToUtf8Bytes(new Content(signing.ExportPkcs8PrivateKey(), sealing))));
            file.Flush(flushToDisk: true);
        }
        Made(path);
        return PairOf(path, now, signing, sealing);
    }

    private static Pair PairOf(string path, DateTimeOffset made, ECDsa signing, byte[] sealing)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return new Pair(path, made, new ECDsaSecurityKey(signing) { KeyId = $"{name}-s" }, new SymmetricSecurityKey(sealing) { KeyId = $"{name}-e" });
    }

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Folder);
        else Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _changed.Dispose();

    [LoggerMessage(6301, LogLevel.Information, "New keys for tokens of programs: {Path}")]
    private partial void Made(string path);

    [LoggerMessage(6302, LogLevel.Warning, "{Path} cannot be unsealed by the key ring; tokens that it has signed are refused, and programs sign in anew")]
    private partial void Unreadable(string path, Exception fault);
}
