using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Wanwu.Registry;

namespace Wanwu.Security.Certificates;

/// <summary>Where the device authority lies: <c>ca.pem</c>, its certificate, and beside it its key, sealed by the key ring and readable by its owner alone.</summary>
internal sealed class AuthorityFiles(DataFolder data, IOptions<CertificateOptions> options, IDataProtectionProvider seals)
{
    public const string DefaultFolder = "device-ca";
    private const string CertificateName = "ca.pem";
    private readonly IDataProtector _seal = seals.CreateProtector("Wanwu.DeviceAuthority");

    public string Folder => options.Value.Folder is { Length: > 0 } elsewhere ? Path.GetFullPath(elsewhere) : data.File(DefaultFolder);

    private string CertificatePath => Path.Combine(Folder, CertificateName);

    /// <summary>The authority's certificate, without its key; null when there is none yet.</summary>
    public X509Certificate2? Read() => File.Exists(CertificatePath) ? X509Certificate2.CreateFromPem(File.ReadAllText(CertificatePath)) : null;

    /// <summary>The key of <paramref name="certificate"/>.</summary>
    /// <exception cref="AuthorityUnavailableException">It is not there, or not to be unsealed.</exception>
    public ECDsa ReadKey(X509Certificate2 certificate)
    {
        var path = KeyPath(certificate);
        try
        {
            var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(_seal.Unprotect(File.ReadAllBytes(path)), out _);
            return key;
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new AuthorityUnavailableException($"The key of the device authority, {path}, cannot be unsealed. Put it back with the key ring ('keys' in the data folder), or move {Folder} away to begin with a new authority.", fault);
        }
    }

    /// <summary>Keeps a new authority, unless another process was first; the answer is the one that is kept.</summary>
    public X509Certificate2 Keep(X509Certificate2 certificate, ECDsa key)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Folder);
        else Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        WriteOwned(KeyPath(certificate), _seal.Protect(key.ExportPkcs8PrivateKey()));
        var draft = CertificatePath + "." + certificate.Thumbprint;
        WriteOwned(draft, System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n"));
        try
        {
            File.Move(draft, CertificatePath, overwrite: false);
            return certificate;
        }
        catch (IOException) when (File.Exists(CertificatePath))
        {
            File.Delete(draft);
            File.Delete(KeyPath(certificate));
            return Read()!;
        }
    }

    private string KeyPath(X509Certificate2 certificate) => Path.Combine(Folder, $"ca-{certificate.Thumbprint[..16].ToLowerInvariant()}.key");

    private static void WriteOwned(string path, byte[] content)
    {
        var how = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, how);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }
}

/// <summary>The device authority cannot sign; the message says why, and what to do.</summary>
internal sealed class AuthorityUnavailableException(string message, Exception cause) : Exception(message, cause);
