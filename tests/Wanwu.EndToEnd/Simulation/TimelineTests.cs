using Microsoft.Extensions.Time.Testing;
using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Replays;

namespace Wanwu.EndToEnd.Simulation;

/// <summary>When a row is due and which time it is given.</summary>
public sealed class TimelineTests
{
    private static readonly Timestamp First = Timestamp.Parse("2017-01-01T00:00:00Z");
    private static readonly RecordedRow[] Rows = [.. Enumerable.Range(0, 4).Select(hour => new RecordedRow(new Timestamp(First.Microseconds + (hour * 3_600_000_000L)), []))];
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Hour_lasts_a_second_at_a_speed_of_3600()
    {
        var timeline = new Timeline(Rows, 3_600, Rebase.None, _clock);
        Assert.Equal(TimeSpan.Zero, timeline.Wait(0, 0));
        Assert.Equal(TimeSpan.FromSeconds(3), timeline.Wait(0, 3));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(1), timeline.Wait(0, 3));
        Assert.Equal(Rows[3].Time, timeline.TimeOf(0, 3));
    }

    [Fact]
    public void Next_lap_goes_on_where_the_last_one_ended()
    {
        var timeline = new Timeline(Rows, 3_600, Rebase.None, _clock);
        Assert.Equal(TimeSpan.FromSeconds(4), timeline.Wait(1, 0));
        Assert.Equal(Timestamp.Parse("2017-01-01T04:00:00Z"), timeline.TimeOf(1, 0));
    }

    [Fact]
    public void Rebased_recording_ends_now()
    {
        var timeline = new Timeline(Rows, 0, Rebase.Now, _clock);
        Assert.Equal(Timestamp.Parse("2026-11-23T08:00:00Z"), timeline.TimeOf(0, 3));
        Assert.Equal(Timestamp.Parse("2026-11-23T05:00:00Z"), timeline.TimeOf(0, 0));
        Assert.Equal(TimeSpan.Zero, timeline.Wait(0, 3));
    }

    [Fact]
    public void Live_rows_carry_the_time_at_which_they_are_sent()
    {
        var timeline = new Timeline(Rows, 3_600, Rebase.Live, _clock);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(Timestamp.Now(_clock), timeline.TimeOf(0, 1));
    }
}
