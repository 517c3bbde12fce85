using Wanwu.Telemetry;
using Wanwu.Telemetry.Checks;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Checks;

/// <summary>Each check by hand-worked values: what it marks, and what it lets pass.</summary>
public sealed class SeriesChecksTests
{
    private static readonly Series Series = new SeriesTable().Of(ThingId.New(TimeProvider.System)).GetOrAdd(PropertyName.Parse("p"));

    /// <param name="values">Second and value, in order of arrival.</param>
    private static string Marked(Plausibility rules, params ReadOnlySpan<(int Second, double Value)> values)
    {
        var checks = new SeriesChecks();
        var marked = new List<string>();
        foreach (var (second, value) in values)
            marked.Add(string.Join('+', PlausibilityChecks.NamesOf(checks.Check(rules, At(second, value), out _))));
        return string.Join(' ', marked.Select(mark => mark.Length == 0 ? "-" : mark));
    }

    private static Observation At(int second, double value) => new(Series, new Timestamp(second * 1_000_000L), Value.OfNumber(value), Quality.Good);

    private static Plausibility Spike(SpikeRule rule) => new() { Spike = rule };

    [Fact]
    public void Range_marks_what_is_beyond_its_bounds_and_not_the_bounds()
    {
        var both = new Plausibility { Range = new PlausibleRange(-10, 40) };
        Assert.Equal("- - - range range", Marked(both, (1, -10), (2, 40), (3, 0), (4, -10.001), (5, 40.001)));
        Assert.Equal("- range", Marked(new Plausibility { Range = new PlausibleRange(null, 5) }, (1, -1e300), (2, 6)));
        Assert.Equal("- range", Marked(new Plausibility { Range = new PlausibleRange(5, null) }, (1, 1e300), (2, 4)));
    }

    [Fact]
    public void Rate_allows_its_change_within_its_time_and_as_many_times_more_over_a_longer_one()
    {
        var rules = new Plausibility { Rate = new PlausibleRate(3, TimeSpan.FromMinutes(1)) };
        Assert.Equal("- - rate", Marked(rules, (0, 20), (60, 23), (120, 26.001)));
        Assert.Equal("- - rate", Marked(rules, (0, 20), (10, 23), (20, 26.1)));
        Assert.Equal("- -", Marked(rules, (0, 20), (600, 50)));
        Assert.Equal("- rate", Marked(rules, (0, 20), (600, 50.1)));
    }

    [Fact]
    public void What_comes_back_from_a_jump_is_good_and_a_level_that_stays_becomes_good_with_time()
    {
        var rules = new Plausibility { Rate = new PlausibleRate(3, TimeSpan.FromMinutes(1)) };
        Assert.Equal("- rate - -", Marked(rules, (0, 20), (60, 90), (120, 21), (180, 22)));
        Assert.Equal("- rate rate -", Marked(rules, (0, 20), (60, 27), (120, 27), (180, 27)));
    }

    [Fact]
    public void Stuck_counts_equal_values_in_a_row_or_how_long_they_last()
    {
        Assert.Equal("- - - stuck stuck - -", Marked(new Plausibility { Stuck = new StuckRule(3, null, 0, []) }, (1, 5), (2, 5), (3, 5), (4, 5), (5, 5), (6, 6), (7, 6)));
        Assert.Equal("- - stuck -", Marked(new Plausibility { Stuck = new StuckRule(null, TimeSpan.FromSeconds(60), 0, []) }, (0, 5), (60, 5), (61, 5), (62, 5.1)));
        Assert.Equal("- - stuck stuck -", Marked(new Plausibility { Stuck = new StuckRule(2, null, 0.1, []) }, (1, 5), (2, 5.1), (3, 4.95), (4, 5.05), (5, 5.15)));
        Assert.Equal("- - - -", Marked(new Plausibility { Stuck = new StuckRule(2, null, 0, [0]) }, (1, 0), (2, 0), (3, 0), (4, 0)));
    }

    [Fact]
    public void Spike_is_far_from_the_median_of_a_full_window()
    {
        var rules = Spike(new SpikeRule(3, Limit: 5, null, 0, null));
        Assert.Equal("- - - - spike - -", Marked(rules, (1, 10), (2, 11), (3, 12), (4, 16), (5, 30), (6, 15), (7, 17)));
        // A level that stays fills the window and is a spike no more.
        Assert.Equal("- - - spike spike - -", Marked(rules, (1, 10), (2, 10), (3, 10), (4, 50), (5, 50), (6, 50), (7, 50)));
    }

    [Fact]
    public void Hampel_rule_follows_the_spread_of_the_values_before()
    {
        // Before the sixth: 1 2 3 4 5; median 3, departures 0 1 1 2 2, deviation 1.4826; three of them are 4.4478.
        var rules = Spike(new SpikeRule(5, null, Deviations: 3, Least: 0.5, null));
        Assert.Equal("- - - - - -", Marked(rules, (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 7.4477)));
        Assert.Equal("- - - - - spike", Marked(rules, (1, 5), (2, 1), (3, 4), (4, 2), (5, 3), (6, 7.4479)));
        // Equal values have no spread: the least departure decides.
        Assert.Equal("- - - - - - spike", Marked(rules, (1, 8), (2, 8), (3, 8), (4, 8), (5, 8), (6, 8.5), (7, 8.6)));
    }

    [Fact]
    public void Window_is_of_the_last_values_whatever_their_order()
    {
        var recent = new RecentValues(4);
        double[] arrivals = [3, 1, 2, 2, 9, -4, 2, 7, 7, 0.5];
        for (var i = 0; i < arrivals.Length; i++)
        {
            recent.Add(arrivals[i]);
            double[] last = [.. arrivals[Math.Max(0, i - 3)..(i + 1)].Order()];
            var median = Middle(last);
            Assert.Equal(median, recent.Median);
            Assert.Equal(1.4826 * Middle([.. last.Select(value => Math.Abs(value - median)).Order()]), recent.Deviation, 12);
        }

        static double Middle(double[] sorted) => sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    [Fact]
    public void Window_begins_anew_after_a_gap_and_leaves_out_what_cannot_be()
    {
        Assert.Equal("- - - - - - spike", Marked(Spike(new SpikeRule(3, 5, null, 0, TimeSpan.FromSeconds(10))), (1, 10), (2, 10), (3, 10), (14, 90), (15, 90), (16, 90), (17, 10)));
        var rules = new Plausibility { Range = new PlausibleRange(0, 100), Spike = new SpikeRule(3, 5, null, 0, null) };
        Assert.Equal("- - - range+spike range+spike range+spike -", Marked(rules, (1, 10), (2, 10), (3, 10), (4, -999), (5, -999), (6, -999), (7, 11)));
    }

    [Fact]
    public void Checking_makes_no_garbage()
    {
        var rules = new Plausibility
        {
            Range = new PlausibleRange(-50, 50), Rate = new PlausibleRate(5, TimeSpan.FromSeconds(1)), Stuck = new StuckRule(10, null, 0.01, [0]), Spike = new SpikeRule(11, null, 4, 0.5, null),
        };
        var series = new SeriesTable().Of(ThingId.New(TimeProvider.System)).GetOrAdd(PropertyName.Parse("p"));
        series.Plausible = rules;
        var marks = new SuspectMarks();
        var second = 0;
        Send(1_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Send(1_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(marks.TotalOf(PlausibilityCheck.Rate), 1, 2_000);

        void Send(int count)
        {
            for (var i = 0; i < count; i++, second++) marks.Apply([new Observation(series, new Timestamp(second * 1_000_000L), Value.OfNumber(second % 100 == 0 ? 40 : second % 7), Quality.Good)]);
        }
    }

    [Fact]
    public void A_late_value_is_held_against_the_range_alone_and_moves_nothing()
    {
        var rules = new Plausibility { Range = new PlausibleRange(0, 100), Rate = new PlausibleRate(1, TimeSpan.FromSeconds(1)), Stuck = new StuckRule(2, null, 0, []) };
        Assert.Equal("- - - range -", Marked(rules, (10, 50), (11, 50), (5, 90), (6, 101), (12, 51)));
        Assert.Equal("- - - stuck", Marked(rules, (10, 50), (11, 50), (5, 50), (12, 50)));
    }

    [Fact]
    public void What_was_marked_and_comes_again_is_marked_again_and_counted_once()
    {
        var rules = new Plausibility { Rate = new PlausibleRate(1, TimeSpan.FromSeconds(1)) };
        var checks = new SeriesChecks();
        Assert.Equal(PlausibilityCheck.None, checks.Check(rules, At(1, 10), out _));
        Assert.Equal(PlausibilityCheck.Rate, checks.Check(rules, At(2, 90), out var first));
        Assert.Equal(PlausibilityCheck.None, checks.Check(rules, At(3, 10), out _));
        Assert.Equal(PlausibilityCheck.Rate, checks.Check(rules, At(2, 90), out var again));
        Assert.Equal((true, false, 1), (first, again, checks.CountOf(PlausibilityCheck.Rate)));
        Assert.Equal([new SuspectMark(new Timestamp(2_000_000), 90, PlausibilityCheck.Rate)], checks.Marks);
    }
}
