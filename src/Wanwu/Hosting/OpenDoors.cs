using Wanwu.Connect;

namespace Wanwu.Hosting;

/// <summary>The addresses that are open, ports resolved; complete once the server has started.</summary>
internal sealed class OpenDoors(HttpDoor http, ListeningDoors doors)
{
    public ServerNotice Notice(string version) => new([.. http.Urls], doors.Find("mqtt")?.Endpoint.ToString(), Environment.ProcessId, version, doors.Find("mqtts")?.Endpoint.ToString());
}
