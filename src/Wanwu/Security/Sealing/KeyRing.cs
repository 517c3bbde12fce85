using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Options;
using Wanwu.Registry;

namespace Wanwu.Security.Sealing;

/// <summary>Where the keys lie that seal what has to be read again, and by what they seal: so people stay signed in over a restart, and secrets stay readable.</summary>
internal sealed partial class KeyRing(DataFolder data, IOptions<SealingOptions> options, ILoggerFactory logs, ILogger<KeyRing> logger) : IConfigureOptions<KeyManagementOptions>
{
    public const string DefaultFolder = "keys";

    public string Folder => IsApart ? Path.GetFullPath(options.Value.KeyFolder) : data.File(DefaultFolder);

    /// <summary>Whether who has the data folder, or a backup of it, has no key.</summary>
    public bool IsApart => options.Value.KeyFolder.Length > 0 && Path.GetFullPath(options.Value.KeyFolder) != data.File(DefaultFolder);

    public void Configure(KeyManagementOptions management)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Folder);
        else Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (IsApart) TakeOver();
        management.XmlRepository = new FileSystemXmlRepository(new DirectoryInfo(Folder), logs);
        management.NewKeyLifetime = TimeSpan.FromDays(options.Value.KeyDays);
        management.AuthenticatedEncryptorFactories.Add(new Sm4Factory());
        if (options.Value.Suite == SealingSuite.ShangMi) management.AuthenticatedEncryptorConfiguration = new Sm4Configuration();
    }

    /// <summary>Keys of before: without them nothing that is sealed could be read.</summary>
    private void TakeOver()
    {
        if (!Directory.Exists(data.File(DefaultFolder))) return;
        foreach (var key in Directory.EnumerateFiles(data.File(DefaultFolder), "*.xml"))
        {
            var to = Path.Combine(Folder, Path.GetFileName(key));
            if (!File.Exists(to)) File.Copy(key, to);
            File.Delete(key);
            Moved(to);
        }
    }

    [LoggerMessage(6801, LogLevel.Information, "A key of the key ring has moved out of the data folder: {Path}. Backups made before still hold it")]
    private partial void Moved(string path);
}
