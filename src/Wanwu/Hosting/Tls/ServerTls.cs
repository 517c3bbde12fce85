using Wanwu.Registry;

namespace Wanwu.Hosting.Tls;

/// <summary>The folder <c>tls</c> of the data folder: the certificate that every door serves with that is given no other, its key, and the authority of a closed network, where one was made.</summary>
internal sealed class ServerTls(string folder)
{
    private static readonly string[] Doors = ["Http", "Connect:Mqtt:Tls"];

    public string Folder => folder;
    public string Certificate => Path.Combine(folder, "server.pem");
    public string Key => Path.Combine(folder, "server.key");
    public string Authority => Path.Combine(folder, "ca.pem");
    public string AuthorityKey => Path.Combine(folder, "ca.key");

    public static ServerTls Of(IConfiguration configuration) =>
        new(Path.Combine(Path.GetFullPath(configuration[DataFolder.Setting] is { Length: > 0 } path ? path : DataFolder.DefaultPath), "tls"));

    /// <summary>The settings of the doors that name no certificate of their own.</summary>
    public Dictionary<string, string?> SettingsFor(IConfiguration configuration)
    {
        var settings = new Dictionary<string, string?>();
        if (!File.Exists(Certificate) || !File.Exists(Key)) return settings;
        foreach (var door in Doors.Where(door => configuration[$"{door}:CertificateFile"] is null))
            (settings[$"{door}:CertificateFile"], settings[$"{door}:CertificateKeyFile"]) = (Certificate, Key);
        return settings;
    }

    /// <summary>Puts a certificate and its key in place. A running server takes it over within some seconds; half of it, never.</summary>
    public void Keep(string certificatePem, string keyPem)
    {
        var (certificate, key) = (Draft(Certificate, certificatePem), Draft(Key, keyPem));
        File.Move(key, Key, overwrite: true);
        File.Move(certificate, Certificate, overwrite: true);
    }

    public void KeepAuthority(string certificatePem, string keyPem)
    {
        var (certificate, key) = (Draft(Authority, certificatePem), Draft(AuthorityKey, keyPem));
        File.Move(key, AuthorityKey, overwrite: true);
        File.Move(certificate, Authority, overwrite: true);
    }

    private string Draft(string path, string text)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var draft = path + ".new";
        File.Delete(draft);
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(draft, how);
        file.Write(System.Text.Encoding.ASCII.GetBytes(text));
        file.Flush(flushToDisk: true);
        return draft;
    }
}
