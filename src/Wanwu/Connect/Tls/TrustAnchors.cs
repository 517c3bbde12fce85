using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Wanwu.Security.Certificates;

namespace Wanwu.Connect.Tls;

/// <summary>The authorities of others that may have issued a client's certificate, those between, and what they have revoked, as their files had it at one moment.</summary>
internal sealed class TrustAnchors
{
    public static readonly TrustAnchors None = new([], []);
    private static readonly string[] Extensions = [".pem", ".crt", ".cer", ".crl"];

    private TrustAnchors(X509Certificate2Collection all, IReadOnlyList<RevocationList> lists) => (All, Lists) = (all, lists);

    public X509Certificate2Collection All { get; }
    public IReadOnlyList<RevocationList> Lists { get; }

    /// <summary>Whether an authority has put one of the certificates on its list.</summary>
    public bool HasRevoked(ClientCertificate certificate) => certificate.Chain.Any(name => Lists.Any(list => list.Has(name)));

    /// <summary>The files of a folder that hold authorities or lists; none where there is no folder.</summary>
    public static IEnumerable<string> FilesOf(string folder) => !Directory.Exists(folder) ? []
        : Directory.EnumerateFiles(folder).Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);

    /// <summary>What the files hold at present, to see whether they have changed.</summary>
    public static byte[] Fingerprint(IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(file + "\n"));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }
        return hash.GetHashAndReset();
    }

    /// <exception cref="CryptographicException">A file holds no certificate, or a list that none of the authorities has signed.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static TrustAnchors Read(IEnumerable<string> files)
    {
        var all = new X509Certificate2Collection();
        var lists = new List<(string File, byte[] Der)>();
        foreach (var file in files) Read(file, all, lists);
        return new TrustAnchors(all, [.. lists.Select(list => RevocationList.Read(list.Der, list.File, all))]);
    }

    private static void Read(string file, X509Certificate2Collection all, List<(string, byte[])> lists)
    {
        var bytes = File.ReadAllBytes(file);
        if (!bytes.AsSpan().StartsWith("-----"u8) && bytes.AsSpan().IndexOf("-----BEGIN "u8) < 0)
        {
            if (Path.GetExtension(file).Equals(".crl", StringComparison.OrdinalIgnoreCase)) lists.Add((file, bytes));
            else all.Add(X509CertificateLoader.LoadCertificate(bytes));
            return;
        }
        var (before, text) = (all.Count + lists.Count, System.Text.Encoding.UTF8.GetString(bytes));
        all.ImportFromPem(text);
        lists.AddRange(RevocationList.InPem(text).Select(der => (file, der)));
        if (all.Count + lists.Count == before) throw new CryptographicException($"{file} holds no certificate in PEM form.");
    }

    public static string? FaultOf(string file)
    {
        try
        {
            Read([file]);
            return null;
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return $"cannot be used: {fault.Message}";
        }
    }
}
