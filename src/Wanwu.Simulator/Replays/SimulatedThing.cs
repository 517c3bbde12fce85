using System.Security.Cryptography;
using System.Text;
using Wanwu.Simulator.Recordings;

namespace Wanwu.Simulator.Replays;

/// <summary>A thing that plays a recording: how it is registered, and how many rows later it begins than the recording's own station.</summary>
internal sealed record SimulatedThing(
    IReadOnlyDictionary<string, string> Name,
    IdentifierDescription Identifier,
    string? Region,
    PlaceDescription? Place,
    IReadOnlyDictionary<string, string> Labels,
    int RowsLater)
{
    /// <summary>The station of the recording itself, then its clones; after the last clone the list begins again with numbered names.</summary>
    public static IReadOnlyList<SimulatedThing> Of(RecordingDescription description, int count)
    {
        var own = description.Thing;
        var things = new List<SimulatedThing> { new(own.Name, own.Identifier, own.Region, own.Place, own.Labels, 0) };
        for (var i = 1; i < count; i++)
        {
            var clone = description.Clones.Count > 0 ? description.Clones[(i - 1) % description.Clones.Count] : null;
            var round = description.Clones.Count > 0 ? (i - 1) / description.Clones.Count : i;
            things.Add(new SimulatedThing(
                Numbered(clone?.Name ?? own.Name, round), CloneOf(own.Identifier, i), clone?.Region ?? own.Region, clone?.Place ?? own.Place, own.Labels, i * description.RowsBetweenClones));
        }
        return things;
    }

    private static IReadOnlyDictionary<string, string> Numbered(IReadOnlyDictionary<string, string> name, int round) =>
        round == 0 ? name : name.ToDictionary(text => text.Key, text => $"{text.Value} {round + 1}");

    /// <summary>The same clone has the same name on every run: a UUID of version 8 (RFC 9562 §5.8) made from the station's identifier and the clone's number.</summary>
    private static IdentifierDescription CloneOf(IdentifierDescription station, int number)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{station.Scheme}:{station.Value}#{number}"), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new IdentifierDescription("urn", $"urn:uuid:{new Guid(hash[..16], bigEndian: true)}");
    }
}
