using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Server;

namespace Wanwu.Simulator.Replays;

/// <summary>Registers the things of a recording with the server and keeps what they sign in with.</summary>
internal sealed class Fleet(WanwuServer server, CredentialsFile credentials)
{
    public async Task<IReadOnlyList<(SimulatedThing Thing, ThingCredentials Credentials)>> EnrolAsync(Recording recording, int count, CancellationToken stop)
    {
        var model = recording.ModelJson is { } json ? await server.EnsureModelAsync(json, stop) : null;
        var members = new List<(SimulatedThing, ThingCredentials)>(count);
        foreach (var thing in SimulatedThing.Of(recording.Description, count))
            members.Add((thing, await server.EnsureThingAsync(thing, model, credentials, stop)));
        return members;
    }
}
