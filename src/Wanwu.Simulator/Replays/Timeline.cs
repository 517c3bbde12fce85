using Wanwu.Simulator.Recordings;

namespace Wanwu.Simulator.Replays;

/// <summary>Which times the rows of a recording are given.</summary>
internal enum Rebase
{
    /// <summary>The recording's own.</summary>
    None,
    /// <summary>Shifted as a whole, so that the last row is now.</summary>
    Now,
    /// <summary>Each row carries the time at which it is sent.</summary>
    Live,
}

/// <summary>The recording's time beside the clock's: when a row is due, and which time it is given.</summary>
internal sealed class Timeline
{
    private readonly IReadOnlyList<RecordedRow> _rows;
    private readonly double _speed;
    private readonly Rebase _rebase;
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _start;
    private readonly long _shift;
    private readonly long _lap;

    /// <remarks>There is at least one row, and they are in the order of time. Speed is seconds of the recording in one second; 0 means as fast as the server takes them.</remarks>
    public Timeline(IReadOnlyList<RecordedRow> rows, double speed, Rebase rebase, TimeProvider clock)
    {
        (_rows, _speed, _rebase, _clock) = (rows, speed, rebase, clock);
        _start = clock.GetUtcNow();
        _shift = rebase == Rebase.Now ? Timestamp.From(_start).Microseconds - rows[^1].Time.Microseconds : 0;
        var step = rows.Count > 1 ? rows[^1].Time.Microseconds - rows[^2].Time.Microseconds : 1_000_000;
        _lap = rows[^1].Time.Microseconds - rows[0].Time.Microseconds + step;
    }

    /// <summary>How long until row <paramref name="index"/> of lap <paramref name="lap"/> is due; not positive if it is.</summary>
    public TimeSpan Wait(long lap, int index)
    {
        if (_speed <= 0) return TimeSpan.Zero;
        var played = _rows[index].Time.Microseconds - _rows[0].Time.Microseconds + (lap * _lap);
        return _start + TimeSpan.FromMicroseconds(played / _speed) - _clock.GetUtcNow();
    }

    /// <summary>The time the row is published with.</summary>
    public Timestamp TimeOf(long lap, int index) =>
        _rebase == Rebase.Live ? Timestamp.Now(_clock) : new Timestamp(_rows[index].Time.Microseconds + _shift + (lap * _lap));
}
