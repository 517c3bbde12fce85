using System.Runtime.InteropServices;
using System.Text;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Telemetry.Store;

/// <summary>What one load will put into the store: read from the log's bytes, with every row's fate decided as far as memory can tell.</summary>
/// <remarks>
/// A row later than everything of its series is new without asking; the rest is doubtful and is looked up in the store within the load's transaction.
/// Used again for every load, by the loader's thread alone. Nothing outside changes before <see cref="Commit"/>.
/// </remarks>
internal sealed class LoadPlan(SeriesTable table)
{
    // Grown by steps: doubled, the room for a load would be up to twice what it needs, and stays for good.
    private const int RowsAtOnce = 1 << 16;
    private readonly List<StagedRow> _rows = [];
    private readonly List<Series> _touched = [];
    private readonly List<ThingSeries> _things = [];
    private readonly List<Series> _defined = [];
    private readonly List<StagedRefusal> _refusals = [];
    private readonly List<Correction> _corrections = [];
    private readonly Dictionary<string, Account> _protocols = new(StringComparer.Ordinal);
    private readonly Dictionary<(Series, long), Sameness> _same = [];
    private int _stamp;

    public Span<StagedRow> Rows => CollectionsMarshal.AsSpan(_rows);
    public IReadOnlyList<Series> Defined => _defined;
    public IReadOnlyList<StagedRefusal> Refusals => _refusals;
    public IReadOnlyList<Correction> Corrections => _corrections;
    public IReadOnlyList<ThingSeries> Things => _things;
    public IReadOnlyDictionary<string, Account> Protocols => _protocols;
    public Dictionary<(Series, long), Sameness> Same => _same;
    public List<TailChunk> Chunks { get; private set; } = [];

    /// <summary>Rows of this load with one series and time.</summary>
    internal sealed class Sameness
    {
        public int First = -1;
        public int Last;
        public int Count;
        /// <summary>The first of them is surely new, so the store need not be asked.</summary>
        public bool IsFresh;
    }

    public void Read(List<TailChunk> chunks)
    {
        Forget();
        Chunks = chunks;
        for (var i = 0; i < chunks.Count; i++)
        {
            var bytes = chunks[i].Bytes.AsSpan(0, chunks[i].Length);
            for (var at = 0; at < bytes.Length;)
            {
                LogFormat.TryReadFrame(bytes[at..], out var type, out var size);
                Read(type, i, at + LogFormat.FrameBytes, (int)size - LogFormat.FrameBytes);
                at += (int)size;
            }
        }
        Group();
    }

    private void Read(RecordType type, int chunk, int offset, int length)
    {
        var bytes = Chunks[chunk].Bytes;
        var reader = new RecordReader(bytes.AsSpan(offset, length));
        switch (type)
        {
            case RecordType.SeriesDefinition:
                var (number, thing, property) = reader.Definition();
                if (table.Restore(number, thing, property) is not { IsStored: false } series || series.Plan.DefinedStamp == _stamp) break;
                series.Plan.DefinedStamp = _stamp;
                _defined.Add(series);
                break;
            case RecordType.Message: Message(ref reader, bytes, chunk, null); break;
            case RecordType.Correction:
                var note = reader.Note();
                Message(ref reader, bytes, chunk, note);
                break;
            case RecordType.Repeat:
                var head = reader.Head();
                var repeated = reader.Int32();
                foreach (var account in (ReadOnlySpan<Account>)[ThingAccount(head.Thing), ProtocolAccount(head.Protocol, out _)])
                {
                    account.Received += repeated;
                    account.Repeated += repeated;
                }
                break;
        }
    }

    /// <param name="note">What the message puts right; null where it reports.</param>
    private void Message(ref RecordReader reader, byte[] bytes, int chunk, CorrectionNote? note)
    {
        var head = reader.Head();
        var (observations, refusals) = (reader.Int32(), reader.Int32());
        var protocol = ProtocolAccount(head.Protocol, out var name);
        Account? thing = null;
        for (var i = 0; i < observations; i++)
        {
            var recorded = reader.Observation();
            // Without its definition (a damaged log) a series has no name: the replay has reported it.
            if (table.Find(recorded.Series) is not { } series) continue;
            // The series of the first value nearly always belongs to the thing the message is about: no search.
            thing ??= series.Thing == head.Thing ? ThingAccount(series.Owner) : ThingAccount(head.Thing);
            thing.Received++;
            protocol.Received++;
            Stage(series, recorded, head.Received, bytes, chunk, thing, protocol);
            if (note is null) continue;
            Rows[^1].IsCorrection = true;
            _corrections.Add(new Correction(series, new Timestamp(recorded.Time), head.Received, note, note.Originals[i], recorded.ToValue(), recorded.Quality));
        }
        thing ??= head.Thing.IsNone ? new Account() : ThingAccount(head.Thing);
        for (var i = 0; i < refusals; i++)
        {
            var refusal = reader.Refusal();
            Count(refusal.Thing is { } named && named != head.Thing ? ThingAccount(named) : thing, refusal.Count);
            Count(protocol, refusal.Count);
            _refusals.Add(new StagedRefusal(name, head.Received, refusal));
        }
    }

    private static void Count(Account account, int refused)
    {
        account.Received += refused;
        account.Refused += refused;
    }

    private void Stage(
        Series series, in RecordedObservation recorded, Timestamp received, byte[] bytes, int chunk, Account thing, Account protocol)
    {
        var plan = series.Plan;
        if (plan.Stamp != _stamp)
        {
            (plan.Stamp, plan.First, plan.Last, plan.HasDoubt) = (_stamp, plan.StoredFirst, plan.StoredLast, false);
            _touched.Add(series);
        }
        var fate = recorded.Time > plan.Last ? RowFate.Fresh : RowFate.Doubtful;
        plan.Last = Math.Max(plan.Last, recorded.Time);
        plan.First = Math.Min(plan.First, recorded.Time);
        if (fate == RowFate.Doubtful)
        {
            plan.HasDoubt = true;
            _same.TryAdd((series, recorded.Time), new Sameness());
        }
        var offset = recorded.Text.IsEmpty ? 0 : (int)System.Runtime.CompilerServices.Unsafe.ByteOffset(ref bytes[0], ref MemoryMarshal.GetReference(recorded.Text));
        if (_rows.Count == _rows.Capacity) _rows.Capacity += RowsAtOnce;
        _rows.Add(new StagedRow
        {
            Series = series, ThingAccount = thing, ProtocolAccount = protocol, Time = recorded.Time, Received = received.Microseconds,
            A = recorded.A, B = recorded.B, Chunk = chunk, TextOffset = offset, TextLength = recorded.Text.Length,
            Quality = recorded.Quality, Kind = recorded.Kind, Fate = fate,
        });
    }

    /// <summary>Gathers rows with one series and time; all but the last of them are superseded. What was put right is not undone by what is reported behind it.</summary>
    private void Group()
    {
        if (_same.Count == 0) return;
        var rows = Rows;
        for (var i = 0; i < rows.Length; i++)
        {
            ref var row = ref rows[i];
            if (!row.Series.Plan.HasDoubt || !_same.TryGetValue((row.Series, row.Time), out var same)) continue;
            if (same.Count++ == 0) (same.First, same.IsFresh) = (i, row.Fate == RowFate.Fresh);
            else if (rows[same.Last].IsCorrection && !row.IsCorrection)
            {
                row.Fate = RowFate.Superseded;
                continue;
            }
            else rows[same.Last].Fate = RowFate.Superseded;
            same.Last = i;
        }
    }

    /// <summary>Whether a doubtful row that is only reported belongs to a series of which the store has corrections.</summary>
    public bool MayUndo
    {
        get
        {
            foreach (var ((series, _), same) in _same)
                if (series.HasCorrections && !same.IsFresh && !Rows[same.Last].IsCorrection) return true;
            return false;
        }
    }

    /// <summary>Leaves out what is reported for a time that has been put right; it counts as repeated.</summary>
    /// <returns>The times left out.</returns>
    public HashSet<(int Series, long Time)> Protect(HashSet<(int Series, long Time)> corrected)
    {
        var kept = new HashSet<(int, long)>();
        foreach (var ((series, time), same) in _same)
        {
            if (Rows[same.Last].IsCorrection || !corrected.Contains((series.Number, time))) continue;
            Rows[same.Last].Fate = RowFate.Superseded;
            kept.Add((series.Number, time));
        }
        return kept;
    }

    /// <summary>Books every row as stored or repeated, now that the store has said which of the doubtful ones it had.</summary>
    public void Book(HashSet<(int Series, long Time)> found)
    {
        var rows = Rows;
        for (var i = 0; i < rows.Length; i++)
        {
            ref var row = ref rows[i];
            var isStored = !row.Series.Plan.HasDoubt || !_same.TryGetValue((row.Series, row.Time), out var same)
                || (same.First == i && !found.Contains((row.Series.Number, row.Time)));
            if (isStored)
            {
                row.ThingAccount.Stored++;
                row.ProtocolAccount.Stored++;
            }
            else
            {
                row.ThingAccount.Repeated++;
                row.ProtocolAccount.Repeated++;
            }
        }
    }

    /// <summary>The transaction is on disk: what it says becomes what memory says.</summary>
    public void Commit()
    {
        foreach (var series in _touched) (series.Plan.StoredFirst, series.Plan.StoredLast) = (series.Plan.First, series.Plan.Last);
        foreach (var series in _defined) series.IsStored = true;
        foreach (var correction in _corrections) correction.Series.HasCorrections = true;
        foreach (var thing in _things) thing.Account.Add(thing.Pending);
    }

    private Account ThingAccount(ThingId thing) => ThingAccount(table.Of(thing));

    private Account ThingAccount(ThingSeries series)
    {
        if (series.PendingStamp != _stamp)
        {
            series.PendingStamp = _stamp;
            series.Pending.Clear();
            _things.Add(series);
        }
        return series.Pending;
    }

    private Account ProtocolAccount(ReadOnlySpan<byte> protocol, out string name)
    {
        Span<char> text = stackalloc char[32];
        text = text[..Encoding.ASCII.GetChars(protocol, text)];
        var byText = _protocols.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!byText.TryGetValue(text, out name!, out var account)) _protocols.Add(name = new string(text), account = new Account());
        return account;
    }

    private void Forget()
    {
        _stamp++;
        _rows.Clear();
        _touched.Clear();
        _things.Clear();
        _defined.Clear();
        _refusals.Clear();
        _corrections.Clear();
        _same.Clear();
        foreach (var account in _protocols.Values) account.Clear();
    }
}

/// <summary>A refusal on its way into the store.</summary>
internal sealed record StagedRefusal(string Protocol, Timestamp Received, Refusal Refusal);
