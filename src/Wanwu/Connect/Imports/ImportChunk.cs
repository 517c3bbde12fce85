using System.Runtime.InteropServices;
using Wanwu.Connect.Intake;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>A value of a file that is not stored, and the line it stands in.</summary>
internal sealed record RefusedValue(long Line, Refusal Refusal);

/// <summary>So many lines as are handed to the log together, put in order by thing. Where it begins and ends follows from the file alone, so that a resumed import cuts it the same.</summary>
internal sealed class ImportChunk
{
    private const int MaxNamed = 20;

    private sealed class Part(ThingId thing)
    {
        public ThingId Thing { get; } = thing;
        public List<Observation> Observations { get; } = [];
        public List<Refusal> Refusals { get; } = [];
    }

    private readonly Dictionary<ThingId, Part> _byThing = [];
    private readonly List<Part> _parts = [];

    public List<RefusedValue> Refused { get; } = [];
    public IEnumerable<Observation> All => _parts.SelectMany(part => part.Observations);
    public int Parts => _parts.Count;
    public int Lines { get; private set; }
    public int Observations { get; private set; }
    public int RefusedCount { get; private set; }
    public int Empty { get; private set; }

    public void Clear()
    {
        _byThing.Clear();
        _parts.Clear();
        Refused.Clear();
        (Lines, Observations, RefusedCount, Empty) = (0, 0, 0, 0);
    }

    public void Add(long line, ReportBuffer row, int empty)
    {
        Lines++;
        Empty += empty;
        Observations += row.Observations.Length;
        RefusedCount += row.Refused;
        if (row.Observations.Length + row.Refusals.Length == 0) return;
        var part = PartOf(row.Thing ?? default);
        part.Observations.AddRange(row.Observations);
        foreach (ref readonly var refusal in row.Refusals)
        {
            Refused.Add(new RefusedValue(line, refusal));
            Keep(part.Refusals, refusal with { Detail = $"Line {line}: {refusal.Detail}" });
        }
    }

    private Part PartOf(ThingId thing)
    {
        if (_byThing.TryGetValue(thing, out var part)) return part;
        _parts.Add(part = _byThing[thing] = new Part(thing));
        return part;
    }

    private static void Keep(List<Refusal> kept, in Refusal refusal)
    {
        if (kept.Count < MaxNamed)
        {
            kept.Add(refusal);
            return;
        }
        ref var last = ref CollectionsMarshal.AsSpan(kept)[^1];
        last = last with { Count = last.Count + refusal.Count };
    }

    /// <param name="origin">Of the chunk. The last message carries it: where that one is, all are.</param>
    public MessageRecord Message(int index, Timestamp received, ulong origin) => new()
    {
        Protocol = ImportRun.Protocol, Thing = _parts[index].Thing, Received = received, Origin = index == _parts.Count - 1 ? origin : 0,
        Observations = CollectionsMarshal.AsSpan(_parts[index].Observations), Refusals = CollectionsMarshal.AsSpan(_parts[index].Refusals),
    };
}
