using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Sql;

/// <summary>Makes the views of one query on a connection that nobody else uses: they show what its caller may see, and go when the connection goes.</summary>
/// <remarks>Only what the query names is made. What lies beneath the views is temporary, too, under names that no query can reach.</remarks>
internal sealed class SqlViews(ThingDirectory things, SeriesTable series, AccessRules rules)
{
    private const string Picked = "_picked", Rows = "_things", Latest = "_latest", Late = "_late", Zones = "_zones";

    public void Create(DuckDBConnection connection, ColdView cold, SqlStatement statement, SqlRequest request, Caller caller)
    {
        var rows = new Lazy<string>(() => RowsOf(connection, cold));
        var names = new Lazy<string>(() => SeriesOf(connection, caller));
        foreach (var view in statement.Views.Select(name => name.ToLowerInvariant()))
        {
            if (view == SqlSchema.Observations.Name) CreateObservations(connection, rows.Value, names.Value);
            else if (view == SqlSchema.Things.Name) CreateThings(connection, caller, request.Language);
            else if (view == SqlSchema.Series.Name) CreateSeries(connection, caller);
            else CreateRollup(connection, cold, view, rows.Value, names.Value);
        }
    }

    private Func<ThingEntry, bool> MayRead(Caller caller)
    {
        var visible = rules.Visible(caller);
        return thing => visible(thing) && rules.May(caller, Permission.ReadObservations, thing);
    }

    /// <summary>The things of which the caller may read observations, as of one moment.</summary>
    private IEnumerable<ThingEntry> Readable(Caller caller)
    {
        var (snapshot, mayRead) = (things.Snapshot, MayRead(caller));
        for (var slot = 0; slot < snapshot.Count; slot++)
            if (snapshot[slot] is var thing && mayRead(thing)) yield return thing;
    }

    /// <summary>The relation that gives a series number its names; where not everything may be seen, one of what may be seen.</summary>
    private string SeriesOf(DuckDBConnection connection, Caller caller)
    {
        if (rules.MayEverywhere(caller, Permission.ReadThings) && rules.MayEverywhere(caller, Permission.ReadObservations)) return Stored("series");
        connection.Execute($"CREATE TEMP TABLE {Picked} (number INTEGER, thing VARCHAR, property VARCHAR)");
        using var appender = new ColumnAppender(connection, Picked, "temp");
        foreach (var known in Readable(caller).SelectMany(thing => series.FindThing(thing.Id)?.All.ToArray() ?? []))
        {
            appender.Int32(0, known.Number);
            appender.Text(1, known.Thing.ToString());
            appender.Text(2, known.NameUtf8);
            appender.Next();
        }
        appender.Finish();
        return Picked;
    }

    private static string Stored(string table) => $"\"{Path.GetFileNameWithoutExtension(StoreDatabase.FileName)}\".main.{table}";

    /// <summary>Every observation once, by the number of its series.</summary>
    private static string RowsOf(DuckDBConnection connection, ColdView cold)
    {
        var hot = $"SELECT series, make_timestamptz(t) AS t, make_timestamptz(received) AS received, quality, kind, number, number2, integer, text FROM {Stored("observations")}";
        var files = cold.Sound.ToList();
        return files.Count == 0 ? hot : hot + ColdRows(connection, cold, files);
    }

    private static void CreateObservations(DuckDBConnection connection, string rows, string names) => connection.Execute($"""
        CREATE TEMP VIEW observations AS
        SELECT s.thing, s.property, o.t,
            CASE WHEN o.kind BETWEEN 1 AND 3 THEN o.number END AS value,
            CASE WHEN o.kind = 2 THEN coalesce(o.integer, o.number::BIGINT) END AS integer,
            CASE WHEN o.kind = 4 THEN o.text END AS text,
            CASE WHEN o.kind = 5 THEN o.number END AS lat, o.number2 AS lon,
            CASE WHEN o.kind = 6 THEN TRY_CAST(o.text AS JSON) END AS object,
            {Choice("o.kind", Enum.GetValues<ValueKind>().Select(kind => ((byte)kind, kind.ToString().ToLowerInvariant())))} AS kind,
            {QualityOf("o.quality")} AS quality, o.received
        FROM ({rows}) o JOIN {names} s ON s.number = o.series
        """);

    private static string QualityOf(string column) => Choice(column, QualityNames.All.Select((name, number) => ((byte)number, name)));

    /// <summary>Names stand among the keys of the groups, so that a condition on them is asked before anything is summed up.</summary>
    private void CreateRollup(DuckDBConnection connection, ColdView cold, string view, string rows, string names)
    {
        var level = SqlSchema.Rollups.Single(rollup => rollup.View.Name == view).Level;
        if (!level.IsUtc()) FillZones(connection);
        var (bucket, places) = level.IsUtc()
            ? ($"make_timestamptz({RollupSql.Floor("epoch_us(o.t)", level)})", "")
            : ("timezone(z.zone, date_trunc('day', timezone(z.zone, o.t)))", $" JOIN {Zones} z ON z.series = o.series");
        var of = $"""
            FROM (SELECT s.thing, s.property, o.quality, o.t AS moment, {bucket} AS t, CASE WHEN o.kind BETWEEN 1 AND 3 THEN o.number END AS v
                FROM ({rows}) o JOIN {names} s ON s.number = o.series{places})
            GROUP BY thing, property, t, quality
            """;
        List<ColdFile> kept = [.. cold.Kept(level)];
        connection.Execute(kept.Count > 0 ? WithKept(view, of, names, cold.Parquet(kept)) : $"""
            CREATE TEMP VIEW {view} AS
            SELECT thing, property, t, {QualityOf("quality")} AS quality, count(*) AS count, count(v) AS n, sum(v) AS sum, avg(v) AS avg, min(v) AS min, max(v) AS max,
                arg_min(v, moment) AS first, arg_max(v, moment) AS last {of}
            """);
    }

    /// <summary>Beside it what is left of observations that have expired.</summary>
    private static string WithKept(string view, string of, string names, string kept) => $"""
        CREATE TEMP VIEW {view} AS
        SELECT thing, property, t, {QualityOf("quality")} AS quality, sum(count)::BIGINT AS count, sum(n)::BIGINT AS n, sum(sum) AS sum, sum(sum) / sum(n) AS avg, min(min) AS min, max(max) AS max,
            arg_min(first, first_at) AS first, arg_max(last, last_at) AS last
        FROM (SELECT thing, property, t, quality, count(*) AS count, count(v) AS n, sum(v) AS sum, min(v) AS min, max(v) AS max, arg_min(v, moment) AS first,
                epoch_us(min(moment) FILTER (v IS NOT NULL)) AS first_at, arg_max(v, moment) AS last, epoch_us(max(moment) FILTER (v IS NOT NULL)) AS last_at {of}
            UNION ALL
            SELECT s.thing, s.property, make_timestamptz(k.start), k.quality, k.count, k.n, k.sum, k.min, k.max, k.first, k.first_at, k.last, k.last_at
            FROM (SELECT {RollupSql.FromFile} FROM {kept}) k JOIN {names} s ON s.number = k.series)
        GROUP BY thing, property, t, quality
        """;

    private void FillZones(DuckDBConnection connection)
    {
        connection.Execute($"CREATE TEMP TABLE {Zones} (series INTEGER, zone VARCHAR)");
        using var appender = new ColumnAppender(connection, Zones, "temp");
        foreach (var thing in series.Things)
        {
            var zone = things.Find(thing.Thing)?.Zone.Id ?? "UTC";
            foreach (var known in thing.All)
            {
                appender.Int32(0, known.Number);
                appender.Text(1, zone);
                appender.Next();
            }
        }
        appender.Finish();
    }

    /// <summary>What the files have; where hot rows came late for a file's time they stand before its own.</summary>
    private static string ColdRows(DuckDBConnection connection, ColdView cold, List<ColdFile> files)
    {
        const string columns = "c.series, c.t, make_timestamptz(epoch_us(c.t) + c.delay), c.quality, c.kind, c.number, c.number2, c.integer, c.text";
        var last = files.Max(file => file.LastTime).ToString(CultureInfo.InvariantCulture);
        connection.Execute($"CREATE TEMP TABLE {Late} AS SELECT series, t FROM {Stored("observations")} WHERE t <= {last}");
        var anyLate = connection.Scalar($"SELECT count(*) FROM {Late}") > 0;
        var over = anyLate ? $" ANTI JOIN {Late} l ON l.series = c.series AND l.t = epoch_us(c.t)" : "";
        return $" UNION ALL SELECT {columns} FROM {cold.Parquet(files)} c{over}";
    }

    private static string Choice(string column, IEnumerable<(byte Number, string Name)> names) =>
        $"CASE {column} {string.Join(' ', names.Select(name => string.Create(CultureInfo.InvariantCulture, $"WHEN {name.Number} THEN '{name.Name}'")))} END";

    private void CreateThings(DuckDBConnection connection, Caller caller, CultureInfo language)
    {
        connection.Execute($"""
            CREATE TEMP TABLE {Rows} (id VARCHAR, name VARCHAR, model VARCHAR, organisation VARCHAR, region VARCHAR, zone VARCHAR, lifecycle VARCHAR, gateway VARCHAR,
                lat DOUBLE, lon DOUBLE, labels VARCHAR, identifiers VARCHAR, created BIGINT, changed BIGINT)
            """);
        var visible = rules.Visible(caller);
        var snapshot = things.Snapshot;
        using (var appender = new ColumnAppender(connection, Rows, "temp"))
        {
            for (var slot = 0; slot < snapshot.Count; slot++)
                if (snapshot[slot] is var thing && visible(thing)) Append(appender, thing, language);
            appender.Finish();
        }
        connection.Execute($"""
            CREATE TEMP VIEW things AS
            SELECT id, name, model, organisation, region, zone, lifecycle, gateway, lat, lon, labels::JSON::MAP(VARCHAR, VARCHAR) AS labels,
                identifiers::JSON::MAP(VARCHAR, VARCHAR) AS identifiers, make_timestamptz(created) AS created, make_timestamptz(changed) AS changed FROM {Rows}
            """);
    }

    private static void Append(ColumnAppender row, ThingEntry thing, CultureInfo language)
    {
        row.Text(0, thing.Id.ToString());
        row.Text(1, thing.Name.For(language));
        row.Text(2, thing.Model?.Id);
        row.Text(3, thing.Organisation);
        row.Text(4, thing.Region);
        row.Text(5, thing.Zone.Id);
        row.Text(6, thing.Lifecycle.Text());
        row.Text(7, thing.Gateway?.ToString());
        Number(row, 8, thing.Place?.Lat);
        Number(row, 9, thing.Place?.Lon);
        row.Text(10, SqlJson.Object(thing.Labels));
        row.Text(11, SqlJson.Object(thing.Identifiers.DistinctBy(known => known.Scheme).Select(known => KeyValuePair.Create(known.Scheme, known.Value))));
        row.Int64(12, thing.Created.Microseconds);
        row.Int64(13, thing.Changed.Microseconds);
        row.Next();
    }

    private static void Number(ColumnAppender row, int column, double? number)
    {
        if (number is { } known) row.Double(column, known);
        else row.Null(column);
    }

    private void CreateSeries(DuckDBConnection connection, Caller caller)
    {
        connection.Execute($"CREATE TEMP TABLE {Latest} (thing VARCHAR, property VARCHAR, unit VARCHAR, t BIGINT, value DOUBLE, text VARCHAR, quality VARCHAR)");
        using (var appender = new ColumnAppender(connection, Latest, "temp"))
        {
            foreach (var thing in Readable(caller))
                foreach (var known in series.FindThing(thing.Id)?.All.ToArray() ?? []) Append(appender, thing, known);
            appender.Finish();
        }
        connection.Execute($"CREATE TEMP VIEW series AS SELECT thing, property, unit, make_timestamptz(t) AS t, value, text, quality FROM {Latest}");
    }

    private static void Append(ColumnAppender row, ThingEntry thing, Series known)
    {
        if (!known.TryGetLatest(out var latest, out _)) return;
        row.Text(0, thing.Id.ToString());
        row.Text(1, known.NameUtf8);
        row.Text(2, thing.Model?.TryGetProperty(known.NameUtf8, out var property) == true ? property.Unit?.Code : null);
        row.Int64(3, latest.Time.Microseconds);
        Number(row, 4, double.IsNaN(latest.Value.AsNumber) ? null : latest.Value.AsNumber);
        row.Text(5, latest.Value.ToString());
        row.Text(6, QualityNames.NameOf(latest.Quality));
        row.Next();
    }
}
