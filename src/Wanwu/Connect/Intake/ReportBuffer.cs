using System.Runtime.InteropServices;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Intake;

/// <summary>A part of a message that is about one thing.</summary>
/// <param name="Observations">How many observations there are to its end, and so for refusals.</param>
internal readonly record struct MessagePart(ThingId? Thing, int Observations, int Refusals);

/// <summary>What one message became: observations to store, and what was refused of it by name. Used again for the next message.</summary>
/// <remarks>Belongs to one reading loop.</remarks>
internal sealed class ReportBuffer
{
    /// <summary>Refusals of one message that are kept one by one; the rest are counted in one more.</summary>
    public const int MaxNamedRefusals = 50;

    [ThreadStatic] private static ReportBuffer? _mine;

    /// <summary>The thread's own, for who is done with it before anything else can run on the thread.</summary>
    public static ReportBuffer Mine => _mine ??= new ReportBuffer();

    private readonly List<Observation> _observations = [];
    private readonly List<Refusal> _refusals = [];
    private ReadOnlyMemory<byte> _bytes;
    private bool _copied;
    private readonly List<MessagePart> _parts = [];
    private ThingId? _thing;
    private string? _source;

    public ReadOnlySpan<Observation> Observations => CollectionsMarshal.AsSpan(_observations);
    public ReadOnlySpan<Refusal> Refusals => CollectionsMarshal.AsSpan(_refusals);
    /// <summary>Observations refused, which may be more than there are refusals.</summary>
    public int Refused { get; private set; }
    public int Count => _observations.Count + Refused;
    /// <summary>The thing that what comes next is about.</summary>
    public ThingId? Thing => _thing;
    /// <summary>How many parts the message has, one for each change of the thing it is about.</summary>
    public int Parts => _parts.Count + 1;

    public void Begin(ThingId? thing, string? source)
    {
        Clear();
        (_thing, _source, _copied, _bytes) = (thing, source, false, default);
    }

    /// <summary>What comes next is about another thing.</summary>
    public void BeginPart(ThingId thing)
    {
        if (thing == _thing) return;
        if (_observations.Count > Part(_parts.Count - 1).Observations || _refusals.Count > Part(_parts.Count - 1).Refusals)
            _parts.Add(new MessagePart(_thing, _observations.Count, _refusals.Count));
        _thing = thing;
    }

    /// <summary>A part of the message and where it ends.</summary>
    public MessagePart Part(int index) =>
        index < 0 ? default : index < _parts.Count ? _parts[index] : new MessagePart(_thing, _observations.Count, _refusals.Count);

    public void Clear()
    {
        if (_parts.Count > 0) _thing = _parts[0].Thing;
        _parts.Clear();
        _observations.Clear();
        _refusals.Clear();
        Refused = 0;
    }

    public void Add(in Observation observation) => _observations.Add(observation);

    /// <param name="payload">The whole message; its beginning is kept with the refusal.</param>
    /// <param name="count">How many observations go with it.</param>
    public void Refuse(RefusalReason reason, string detail, ReadOnlySpan<byte> payload, string? property = null, int count = 1)
    {
        Refused += count;
        if (_refusals.Count > MaxNamedRefusals)
        {
            ref var last = ref CollectionsMarshal.AsSpan(_refusals)[^1];
            last = last with { Count = last.Count + count };
            return;
        }
        if (!_copied) (_bytes, _copied) = (payload[..Math.Min(payload.Length, Refusal.MaxBytes)].ToArray(), true);
        if (_refusals.Count == MaxNamedRefusals)
            (detail, property) = ($"More values of this message were refused than the {MaxNamedRefusals} listed; the next was: {detail}", null);
        _refusals.Add(new Refusal(reason, detail, _thing, property, count, _bytes, _source));
    }
}
