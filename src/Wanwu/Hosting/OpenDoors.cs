namespace Wanwu.Hosting;

/// <summary>The addresses that are open, ports resolved; complete once the server has started.</summary>
internal sealed class OpenDoors(HttpDoor http)
{
    public ServerNotice Notice(string version) => new([.. http.Urls], null, Environment.ProcessId, version);
}
