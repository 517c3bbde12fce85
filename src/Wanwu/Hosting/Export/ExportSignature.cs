using System.Security.Cryptography;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;

namespace Wanwu.Hosting.Export;

/// <summary>Signs the list of an export, and with its checksums every file: <c>manifest.json.sig</c> beside it, and the public key as <c>manifest.json.pub</c> (docs/formats/export.md).</summary>
/// <remarks>Plain detached signatures in DER over the list's own bytes, so that openssl can verify them where there is no Wanwu.</remarks>
internal static class ExportSignature
{
    private const string PublicLabel = "PUBLIC KEY";
    private const int MostBytes = 4_096;

    private static string SignaturePath(string manifest) => manifest + ".sig";
    private static string KeyPath(string manifest) => manifest + ".pub";

    public static void Write(string manifest, AuditSuite suite, AuditKeys keys)
    {
        File.WriteAllText(KeyPath(manifest), PemEncoding.WriteString(PublicLabel, keys.Public(suite)) + "\n");
        File.WriteAllBytes(SignaturePath(manifest), Signatures.Sign(suite, keys.Private(suite), File.ReadAllBytes(manifest), der: true));
    }

    /// <summary>The public key that signed it, or why it does not prove.</summary>
    /// <param name="trusted">Keys of which one must have signed; empty: the one beside it, which proves no more than that nothing was changed by accident.</param>
    public static (string? Fingerprint, string? Fault) Verify(string manifest, IReadOnlyList<byte[]> trusted)
    {
        if (Read(SignaturePath(manifest)) is not { } signature) return (null, $"{SignaturePath(manifest)} is not there: the export is not signed, or not complete.");
        var (bytes, keys) = (File.ReadAllBytes(manifest), trusted);
        if (keys.Count == 0) keys = Read(KeyPath(manifest)) is { } text && ReadPem(System.Text.Encoding.ASCII.GetString(text)) is { } own ? [own] : [];
        foreach (var key in keys)
            if (Signatures.Verify(AuditSuite.International, key, bytes, signature, der: true) || Signatures.Verify(AuditSuite.ShangMi, key, bytes, signature)) return (AuditKeys.Fingerprint(key), null);
        return (null, $"{manifest} is not as it was signed, or was signed with none of the keys given.");
    }

    /// <returns>Null when the text holds no public key.</returns>
    public static byte[]? ReadPem(string text)
    {
        if (!PemEncoding.TryFind(text, out var found) || text[found.Label] != PublicLabel) return null;
        var bytes = new byte[found.DecodedDataLength];
        return Convert.TryFromBase64String(text[found.Base64Data], bytes, out _) ? bytes : null;
    }

    private static byte[]? Read(string path) => File.Exists(path) && new FileInfo(path).Length <= MostBytes ? File.ReadAllBytes(path) : null;
}
