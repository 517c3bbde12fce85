using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Sql.Reach;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Sql;

/// <summary>Makes the views of one query on a connection that nobody else uses: they show what its caller may see, and go when the connection goes.</summary>
/// <remarks>Only what the query names is made. What lies beneath the views is temporary, too, under names that no query can reach.</remarks>
internal sealed class SqlViews(SqlSight sight, SqlStoreViews store)
{
    private const string Rows = "_things", Latest = "_latest";

    public void Create(DuckDBConnection connection, ColdView cold, SqlStatement statement, SqlRequest request, Caller caller)
    {
        var reaches = statement.Uses is { } uses ? SqlReach.Of(connection, uses, request) : [];
        // What rollups are made of is looked up by its name, which is that of a view in the end.
        foreach (var view in statement.Views.Select(name => name.ToLowerInvariant()).OrderBy(name => name == SqlSchema.Observations.Name))
        {
            var reach = reaches.GetValueOrDefault(view, SqlReach.Everything);
            if (view == SqlSchema.Observations.Name) store.CreateObservations(connection, cold, caller, reach);
            else if (view == SqlSchema.Things.Name) CreateThings(connection, caller, request.Language);
            else if (view == SqlSchema.Series.Name) CreateSeries(connection, caller);
            else store.CreateRollup(connection, cold, view, caller, reach);
        }
    }

    private void CreateThings(DuckDBConnection connection, Caller caller, CultureInfo language)
    {
        connection.Execute($"""
            CREATE TEMP TABLE {Rows} (id VARCHAR, name VARCHAR, model VARCHAR, organisation VARCHAR, region VARCHAR, zone VARCHAR, lifecycle VARCHAR, gateway VARCHAR,
                lat DOUBLE, lon DOUBLE, labels VARCHAR, identifiers VARCHAR, created BIGINT, changed BIGINT,
                organisation_path VARCHAR, sector VARCHAR)
            """);
        var visible = sight.Visible(caller);
        var snapshot = sight.Directory.Snapshot;
        var paths = new OrganisationPaths(sight.Directory.Organisations);
        using (var appender = new ColumnAppender(connection, Rows, "temp"))
        {
            for (var slot = 0; slot < snapshot.Count; slot++)
                if (snapshot[slot] is var thing && visible(thing)) Append(appender, thing, language, paths);
            appender.Finish();
        }
        connection.Execute($"""
            CREATE TEMP VIEW things AS
            SELECT id, name, model, organisation, organisation_path::JSON::VARCHAR[] AS organisation_path, region, sector, zone, lifecycle, gateway, lat, lon, labels::JSON::MAP(VARCHAR, VARCHAR) AS labels,
                identifiers::JSON::MAP(VARCHAR, VARCHAR) AS identifiers, make_timestamptz(created) AS created, make_timestamptz(changed) AS changed FROM {Rows}
            """);
    }

    private static void Append(ColumnAppender row, ThingEntry thing, CultureInfo language, OrganisationPaths paths)
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
        row.Text(14, paths.Of(thing.Organisation));
        row.Text(15, thing.Sector);
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
            foreach (var thing in sight.Things(caller))
                foreach (var known in sight.Of(caller, thing)) Append(appender, thing, known);
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

/// <summary>The ids from the top down to an organisation as a JSON array, made once for each.</summary>
internal sealed class OrganisationPaths(OrganisationTree tree)
{
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    public string? Of(string? organisation)
    {
        if (organisation is null) return null;
        if (_known.TryGetValue(organisation, out var path)) return path;
        return _known[organisation] = JsonSerializer.Serialize(tree.Ancestors(organisation).Reverse().Select(above => above.Id).Append(organisation));
    }
}
