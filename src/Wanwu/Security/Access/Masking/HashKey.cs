using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Wanwu.Registry;

namespace Wanwu.Security.Access;

/// <summary>The key of masks that hash: made on first use, sealed by the key ring and kept beside it (<c>keys/masking.key</c>), so that backups carry it and a value has the same hash for ever.</summary>
internal sealed partial class HashKey(DataFolder data, IDataProtectionProvider seals, ILogger<HashKey> logger)
{
    private const string FileName = "masking.key";
    private readonly Lock _gate = new();
    private readonly IDataProtector _seal = seals.CreateProtector("Wanwu.Masking");
    private byte[]? _key;

    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            if (Volatile.Read(ref _key) is { } known) return known;
            lock (_gate) return _key ??= Load();
        }
    }

    private byte[] Load()
    {
        var path = Path.Combine(data.Folder("keys"), FileName);
        try
        {
            if (File.Exists(path)) return _seal.Unprotect(File.ReadAllBytes(path));
        }
        catch (CryptographicException fault)
        {
            Unreadable(path, fault);
        }
        var key = RandomNumberGenerator.GetBytes(32);
        var how = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(path + ".new", how))
        {
            file.Write(_seal.Protect(key));
            file.Flush(flushToDisk: true);
        }
        File.Move(path + ".new", path, overwrite: true);
        return key;
    }

    [LoggerMessage(6405, LogLevel.Warning, "{Path} cannot be unsealed by the key ring; hashed values look other than before from now on")]
    private partial void Unreadable(string path, Exception fault);
}
