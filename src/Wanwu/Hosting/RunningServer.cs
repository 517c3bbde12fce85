using System.Text.Json;
using Wanwu.Registry;

namespace Wanwu.Hosting;

/// <summary>What a running server tells the commands beside it: <c>server.json</c> in the data folder, there while every door is open.</summary>
/// <param name="Http">Addresses of console and API.</param>
/// <param name="Mqtt">Host and port of the MQTT door.</param>
/// <param name="Pid">Process id.</param>
/// <param name="Version">Product version.</param>
/// <param name="Mqtts">Host and port of MQTT over TLS, where it is open.</param>
internal sealed record ServerNotice(IReadOnlyList<string> Http, string? Mqtt, int Pid, string Version, string? Mqtts = null);

/// <summary>Holds the data folder for one server. The lock goes with the process, however it ends.</summary>
internal sealed class RunningServer : IDisposable
{
    private const string LockFile = "server.lock", NoticeFile = "server.json";
    private const int Attempts = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly DataFolder _folder;
    private readonly FileStream _lock;

    private RunningServer(DataFolder folder, FileStream held) => (_folder, _lock) = (folder, held);

    /// <summary>Takes the folder, or answers null when another server has it.</summary>
    public static RunningServer? TryTake(DataFolder folder)
    {
        try
        {
            var held = new FileStream(folder.File(LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.Delete(folder.File(NoticeFile));                       // left behind by one that was killed
            return new RunningServer(folder, held);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The same for a server that starts: a command beside it may hold the folder for a moment to see whether it is free.</summary>
    public static async Task<RunningServer?> TakeAsync(DataFolder folder, TimeProvider clock, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (TryTake(folder) is { } taken) return taken;
            if (attempt == Attempts) return null;
            await Task.Delay(Pause, clock, stop);
        }
    }

    /// <summary>The notice of the server that runs on <paramref name="folder"/>, or null when none is open there.</summary>
    public static ServerNotice? Find(DataFolder folder)
    {
        if (!File.Exists(folder.File(NoticeFile))) return null;
        using (var free = TryTake(folder))
            if (free is not null) return null;
        try
        {
            return JsonSerializer.Deserialize<ServerNotice>(File.ReadAllText(folder.File(NoticeFile)), JsonSerializerOptions.Web);
        }
        // What was there was left behind by one that was killed; the next has taken the folder and is not open yet.
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public void Announce(ServerNotice notice)
    {
        // Whoever waits for the file must never read half of it.
        var draft = _folder.File(NoticeFile + ".new");
        File.WriteAllText(draft, JsonSerializer.Serialize(notice, JsonSerializerOptions.Web));
        File.Move(draft, _folder.File(NoticeFile), overwrite: true);
    }

    public void Dispose()
    {
        File.Delete(_folder.File(NoticeFile));
        _lock.Dispose();
    }
}
