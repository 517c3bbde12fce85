using DuckDB.NET.Data;
using Wanwu.Telemetry.Rollups;

namespace Wanwu.Telemetry.Cold;

/// <summary>The files of one moment: what one question needs is named here, and no folder is searched.</summary>
/// <remarks>Belongs to one question.</remarks>
internal sealed class ColdView(string folder, IReadOnlyList<ColdFile> files, IReadOnlyList<RollupFile> rollups, Func<ColdFile, bool> isSound)
{
    private readonly List<ColdFile> _named = [];

    /// <summary>The files handed out: one of them is to blame should reading fail.</summary>
    public IReadOnlyList<ColdFile> Named => _named;

    /// <summary>Every sound file, in order of time and series.</summary>
    public IEnumerable<ColdFile> Sound => files.Where(isSound);

    /// <summary>Every file, damaged ones too.</summary>
    public IReadOnlyList<ColdFile> All => files;

    /// <summary>Every file of rollups, of any level, damaged ones too.</summary>
    public IEnumerable<ColdFile> AllRollups => rollups.Select(rollup => rollup.File);

    /// <summary>Sound files of rollups, in order of time and series.</summary>
    public IEnumerable<ColdFile> Rollups(RollupLevel level) => rollups.Where(rollup => rollup.Level == level && isSound(rollup.File)).Select(rollup => rollup.File);

    /// <summary>Every file of rollups that have outlived their observations, of any level, damaged ones too.</summary>
    public IReadOnlyList<RollupFile> AllKept { get; init; } = [];

    /// <summary>Sound files of such rollups, in order of time and series.</summary>
    public IEnumerable<ColdFile> Kept(RollupLevel level) => AllKept.Where(rollup => rollup.Level == level && isSound(rollup.File)).Select(rollup => rollup.File);

    /// <summary>The files that may hold rows of the series in [<paramref name="from"/>, <paramref name="to"/>), in order of time.</summary>
    public List<ColdFile> Of(int series, long from, long to) =>
        [.. Sound.Where(file => file.FirstTime < to && file.LastTime >= from && file.FirstSeries <= series && file.LastSeries >= series)];

    public string Parquet(IReadOnlyList<ColdFile> needed)
    {
        _named.AddRange(needed);
        return ColdSql.Parquet(needed.Select(PathOf));
    }

    /// <summary>What all rows of the files have alike.</summary>
    /// <param name="needed">At least one.</param>
    public ColdConstants Constants(DuckDBConnection connection, IReadOnlyList<ColdFile> needed)
    {
        _named.AddRange(needed);
        return Footers?.Of(connection, this, needed) ?? default;
    }

    /// <summary>Null where nothing is known of footers.</summary>
    public ColdFooters? Footers { get; init; }

    public string PathOf(ColdFile file) => Path.Combine(folder, file.Name);
}
