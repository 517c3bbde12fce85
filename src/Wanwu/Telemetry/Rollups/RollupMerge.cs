using System.Globalization;
using Wanwu.Telemetry.Cold;
using Wanwu.Things;

namespace Wanwu.Telemetry.Rollups;

/// <summary>Puts files of days together, so that a year of a series is found in few of them: those of a month under way into one, and those of months into one of the year so far.</summary>
/// <remarks>
/// A file answers for all of its span, so only files are put together that leave no time between them and that have all series. A year's file is written anew at most
/// when a month is over, when something came late into it, and when some of it expires.
/// </remarks>
internal sealed class RollupMerge(ColdWriter writer, long rowsPerFile)
{
    private const int Days = 5, Months = 2;
    private const string Source = "made_1d";

    /// <summary>Files of one time, all series of it.</summary>
    private sealed record Stretch(long From, long To, IReadOnlyList<RollupFile> Files)
    {
        /// <summary>What it may be put together to: the month, if it is a part of one, or the year.</summary>
        public ColdPeriod Goal => ColdPeriod.Month(From) is var month && To <= month.To && To - From < month.To - month.From ? month : ColdPeriod.Year(From);

        public bool IsPartOfMonth => Goal == ColdPeriod.Month(From);
    }

    /// <summary>What there is to put together.</summary>
    public static List<IReadOnlyList<RollupFile>> Due(IEnumerable<RollupFile> current) =>
        [.. Runs(current).Where(run => run.Count >= (run[0].IsPartOfMonth ? Days : Months)).Select(IReadOnlyList<RollupFile> (run) => [.. run.SelectMany(stretch => stretch.Files)])];

    /// <summary>Stretches with one goal that follow each other without a gap.</summary>
    private static List<List<Stretch>> Runs(IEnumerable<RollupFile> current)
    {
        var runs = new List<List<Stretch>>();
        foreach (var files in current.Where(rollup => rollup.Level is RollupLevel.Day).GroupBy(rollup => rollup.File.Span.Period).OrderBy(group => group.Key.From))
        {
            var stretch = new Stretch(files.Key.From, files.Key.To, [.. files.OrderBy(rollup => rollup.File.Span.LowSeries)]);
            if (!IsWhole(stretch.Files)) continue;
            if (runs is [.., var last] && last[^1].To == stretch.From && last[^1].Goal == stretch.Goal) last.Add(stretch);
            else runs.Add([stretch]);
        }
        return runs;
    }

    private static bool IsWhole(IReadOnlyList<RollupFile> files)
    {
        long next = 0;
        foreach (var (_, file) in files)
        {
            if (file.Damage is not null || file.Span.LowSeries != next) return false;
            next = file.Span.HighSeries + 1L;
        }
        return next > int.MaxValue;
    }

    /// <summary>Writes the files that are to stand in the place of <paramref name="inputs"/>.</summary>
    public RollupChange Make(IReadOnlyList<RollupFile> inputs, long generation, Timestamp now)
    {
        List<ColdFile> files = [.. inputs.Select(input => input.File)];
        var whole = new ColdSpan(files.Min(file => file.Span.From), files.Max(file => file.Span.To), 0, int.MaxValue);
        writer.Execute($"DROP TABLE IF EXISTS {Source}; CREATE TEMP VIEW {Source} AS SELECT {RollupSql.FromFile} FROM {writer.Parquet(files)}");
        try
        {
            List<RollupFile> made = [.. ColdPlan.Cut(whole, writer.Counts(files), rowsPerFile).Select(span => new RollupFile(RollupLevel.Day, writer.WriteRollups(RollupLevel.Day, span, generation, now)))];
            var (before, after) = (files.Sum(file => file.Rows), made.Sum(rollup => rollup.File.Rows));
            if (before != after)
                throw new Store.StoreException(string.Create(CultureInfo.InvariantCulture, $"{before} rollups were put together and {after} were written; they stay as they are."));
            return new RollupChange(inputs, made, []);
        }
        finally
        {
            writer.Execute($"DROP VIEW IF EXISTS {Source}");
        }
    }
}
