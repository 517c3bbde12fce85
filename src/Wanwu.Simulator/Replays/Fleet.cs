using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Server;

namespace Wanwu.Simulator.Replays;

/// <summary>Registers the things of a recording with the server and keeps what they sign in with.</summary>
internal sealed class Fleet(WanwuServer server, CredentialsFile credentials)
{
    public async Task<IReadOnlyList<(SimulatedThing Thing, ThingCredentials Credentials)>> EnrolAsync(Recording recording, int count, CancellationToken stop)
    {
        if (recording.Model is { } model) await server.EnsureModelAsync(model, stop);
        var members = new List<(SimulatedThing, ThingCredentials)>(count);
        foreach (var thing in SimulatedThing.Of(recording.Description, count))
            members.Add((thing, await server.EnsureThingAsync(thing, recording.Model?.Id, credentials, stop)));
        return members;
    }
}
