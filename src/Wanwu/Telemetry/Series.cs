using Wanwu.Things;

namespace Wanwu.Telemetry;

/// <summary>One property of one thing through time. Made on first sight, never renumbered.</summary>
/// <remarks>The number is durable once the log carries the definition, which it writes before the first use.</remarks>
internal sealed class Series
{
    private Observation _latest;
    private Timestamp _latestReceived;
    private bool _hasLatest;
    private bool _isCorrected;

    /// <param name="nameUtf8">The property's name, which series of one property share: there are far fewer names than series.</param>
    public Series(int number, ThingSeries owner, PropertyName property, byte[] nameUtf8) => (Number, Owner, Property, NameUtf8) = (number, owner, property, nameUtf8);

    public int Number { get; }
    public ThingSeries Owner { get; }
    public ThingId Thing => Owner.Thing;
    public PropertyName Property { get; }
    public byte[] NameUtf8 { get; }

    /// <summary>Whether the log (or the store) carries the definition. Guarded by the log's lock once the log runs.</summary>
    internal bool IsDefined;

    /// <summary>Log position behind the last committed observation of this series: what the store must have loaded before history is complete.</summary>
    internal long CommittedUpTo;

    /// <summary>No later than the earliest time of what is committed of this series and not loaded.</summary>
    private long _unloadedFirst = long.MaxValue;

    /// <summary>What the model of the thing calls plausible, if it says so: set by whoever reads reports for the series.</summary>
    internal volatile Plausibility? Plausible;

    /// <summary>The checks of the series, once it has been checked. Guarded by the log's lock.</summary>
    internal Checks.SeriesChecks? Checks;

    /// <summary>Whether the store has corrections of it. Written by the loader alone.</summary>
    internal volatile bool HasCorrections;

    /// <summary>Whether the store has the definition. For the loader's thread alone.</summary>
    internal bool IsStored;

    /// <summary>What the store has of the series, and what the load under way makes of it.</summary>
    internal SeriesPlan Plan { get; } = new();

    /// <summary>An observation is committed. For the one thread that commits.</summary>
    /// <param name="position">Log position behind it.</param>
    /// <param name="loaded">Log position up to which the store has everything, or an earlier one.</param>
    internal void Commit(Timestamp time, long position, long loaded)
    {
        // In this order: whoever sees the position sees at least this time, or that of what came when all before was loaded.
        Volatile.Write(ref _unloadedFirst, CommittedUpTo <= loaded ? time.Microseconds : Math.Min(_unloadedFirst, time.Microseconds));
        Volatile.Write(ref CommittedUpTo, position);
    }

    /// <summary>Log position that must be loaded for history before a time to be complete: what is committed for later does not keep who asks of the past waiting.</summary>
    internal long CommittedBefore(long time)
    {
        var position = Volatile.Read(ref CommittedUpTo);
        return Volatile.Read(ref _unloadedFirst) < time ? position : 0;
    }

    /// <summary>
    /// Takes the observation as the latest unless a later one is known; of two with the same time the one that came last stands, but one that somebody put right is
    /// not replaced by what is reported.
    /// </summary>
    internal bool OfferLatest(in Observation observation, Timestamp received, bool isCorrection = false)
    {
        lock (this)
        {
            if (_hasLatest && observation.Time < _latest.Time) return false;
            if (_hasLatest && observation.Time == _latest.Time && _isCorrected && !isCorrection) return false;
            _isCorrected = isCorrection;
            _latest = observation;
            _latestReceived = received;
            _hasLatest = true;
            return true;
        }
    }

    /// <summary>What was the latest has expired, and an earlier one is left.</summary>
    internal void ReplaceLatest(Timestamp expired, in Observation left, Timestamp received)
    {
        lock (this)
        {
            if (_hasLatest && _latest.Time == expired) (_latest, _latestReceived, _isCorrected) = (left, received, HasCorrections);
        }
    }

    /// <summary>What was the latest has expired, and none is left.</summary>
    internal void ForgetLatest(Timestamp expired)
    {
        lock (this)
        {
            if (!_hasLatest || _latest.Time != expired) return;
            (_latest, _latestReceived, _hasLatest) = (default, default, false);
        }
    }

    /// <summary>The observation of this time has been put right: if it is the latest, it stays as it is.</summary>
    internal void ProtectLatest(Timestamp time)
    {
        lock (this) _isCorrected |= _hasLatest && _latest.Time == time;
    }

    internal bool TryGetLatest(out Observation observation, out Timestamp received)
    {
        lock (this)
        {
            observation = _latest;
            received = _latestReceived;
            return _hasLatest;
        }
    }
}

/// <summary>Earliest and latest time of a series in the store. Written by the loader alone; others may read the stored bounds.</summary>
internal sealed class SeriesPlan
{
    public long StoredFirst = long.MaxValue;
    public long StoredLast = long.MinValue;
    public long First;
    public long Last;
    public int Stamp;
    public int DefinedStamp;
    public bool HasDoubt;
    /// <summary>The hour last noted as out of date, and in which load.</summary>
    public long DirtyHour;
    public int DirtyStamp;
}
