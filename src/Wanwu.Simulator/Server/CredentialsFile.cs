using System.Text.Json;

namespace Wanwu.Simulator.Server;

/// <summary>The credentials of the simulator's things, by server and identifier, in a file that only its owner may read.</summary>
internal sealed class CredentialsFile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly string _path;
    private readonly Dictionary<string, ThingCredentials> _known;

    public CredentialsFile(string path)
    {
        _path = Path.GetFullPath(path);
        _known = File.Exists(_path) ? JsonSerializer.Deserialize<Dictionary<string, ThingCredentials>>(File.ReadAllText(_path), Json) ?? [] : [];
    }

    public ThingCredentials? Find(Uri server, string identifier) => _known.GetValueOrDefault(Key(server, identifier));

    public void Remember(Uri server, string identifier, ThingCredentials credentials) => _known[Key(server, identifier)] = credentials;

    public void Forget(Uri server, string identifier) => _known.Remove(Key(server, identifier));

    public void Save()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var fresh = _path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(fresh, options)) JsonSerializer.Serialize(stream, _known, Json);
        File.Move(fresh, _path, overwrite: true);
    }

    private static string Key(Uri server, string identifier) => $"{server.GetLeftPart(UriPartial.Authority)} {identifier}";
}
