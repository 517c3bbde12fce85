using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Wanwu.Registry;

namespace Wanwu.Security.Audit.Chain;

/// <summary>The key that signs, and the public keys that are trusted: those of this folder.</summary>
internal sealed class AuditKeys(DataFolder data, IOptions<AuditOptions> options)
{
    public const string DefaultFolder = "audit-keys";
    private const string PrivateLabel = "PRIVATE KEY", PublicLabel = "PUBLIC KEY";
    private readonly Dictionary<AuditSuite, byte[]> _private = [], _public = [];

    public string Folder => options.Value.KeyFolder is { Length: > 0 } elsewhere ? Path.GetFullPath(elsewhere) : data.File(DefaultFolder);

    /// <summary>The private key of the suite, made on first use and readable by its owner alone.</summary>
    public byte[] Private(AuditSuite suite)
    {
        if (_private.TryGetValue(suite, out var known)) return known;
        var path = Path.Combine(Folder, $"{NameOf(suite)}.pem");
        if (!File.Exists(path)) Make(suite, path);
        return _private[suite] = ReadPem(path, PrivateLabel) ?? throw new AuditUnavailableException($"{path} holds no private key. Put the key back, or move the file away to begin with a new one.");
    }

    public byte[] Public(AuditSuite suite) => _public.TryGetValue(suite, out var known) ? known : _public[suite] = Signatures.PublicKey(suite, Private(suite));

    /// <summary>Every public key that lies in the folder: the present one and those it has replaced.</summary>
    public IReadOnlyList<byte[]> Trusted() => !Directory.Exists(Folder) ? []
        : [.. Directory.EnumerateFiles(Folder, "*.pub").Select(path => ReadPem(path, PublicLabel)).OfType<byte[]>()];

    public static string Fingerprint(byte[] publicKey) => Convert.ToHexStringLower(SHA256.HashData(publicKey))[..32];

    private void Make(AuditSuite suite, string path)
    {
        var key = Signatures.MakeKey(suite);
        var half = Signatures.PublicKey(suite, key);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Folder);
        else Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        WriteOwned(Path.Combine(Folder, $"{NameOf(suite)}-{Fingerprint(half)}.pub"), PemEncoding.WriteString(PublicLabel, half));
        WriteOwned(path, PemEncoding.WriteString(PrivateLabel, key));
    }

    private static void WriteOwned(string path, string text)
    {
        var how = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, how);
        file.Write(System.Text.Encoding.ASCII.GetBytes(text + "\n"));
        file.Flush(flushToDisk: true);
    }

    private static byte[]? ReadPem(string path, string label)
    {
        var text = File.ReadAllText(path);
        if (!PemEncoding.TryFind(text, out var found) || text[found.Label] != label) return null;
        var bytes = new byte[found.DecodedDataLength];
        return Convert.TryFromBase64String(text[found.Base64Data], bytes, out _) ? bytes : null;
    }

    private static string NameOf(AuditSuite suite) => suite == AuditSuite.ShangMi ? "sm2" : "p256";
}
