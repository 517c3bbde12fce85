using System.Text.Json;
using Microsoft.Data.Sqlite;
using Wanwu.Registry.Mappings;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>Reads things and models that changed after a given change, with plain SQL: a hundred thousand rows at the start must cost no more than they weigh.</summary>
/// <remarks>Texts that repeat (organisation, region, scheme, labels) are shared between entries. Used by one caller at a time.</remarks>
internal sealed class RegistryReader(RegistryDatabase database, TimeZones zones)
{
    private const string ModelsSince = """
        SELECT m.Id, m.Version, m.IsRemoved, m.Sequence, v.Json, m.Changed
        FROM Models m JOIN ModelVersions v ON v.ModelId = m.Id AND v.Version = m.Version
        WHERE m.Sequence > $since
        """;

    private const string MappingsSince = """
        SELECT m.Id, m.Version, m.IsRemoved, m.Sequence, v.Json, m.Changed
        FROM Mappings m JOIN MappingVersions v ON v.MappingId = m.Id AND v.Version = m.Version
        WHERE m.Sequence > $since
        """;

    private const string OrganisationsSince = """
        SELECT Id, NameHant, NameHans, NameEn, ParentId, Uscc, Sector, IsRemoved, Created, Changed, Revision, Sequence
        FROM Organisations WHERE Sequence > $since
        """;

    private const string LastGrant = "SELECT MAX(Sequence) FROM Grants WHERE Sequence > $since";

    private const string GrantsHeld = "SELECT Id, SubjectKind, Subject, Role, Organisation, Region, Sector, Created, CreatedBy, Expires, DataClass, Purpose, LegalBasis FROM Grants WHERE Ended IS NULL ORDER BY Sequence, Id";

    private const string ThingsWhere = "WHERE t.Sequence > $since OR t.ModelId IN (SELECT m.Id FROM Models m WHERE m.Sequence > $since)";

    private const string ThingsSince = $"""
        SELECT t.Id, t.NameHant, t.NameHans, t.NameEn, t.ModelId, t.Lifecycle, t.Organisation, t.Region, t.Zone, t.GatewayId,
               t.Latitude, t.Longitude, t.Labels, t.Secret, t.Created, t.Changed, t.Revision, t.Sequence,
               t.FormerSecret, t.FormerEnds, t.FormerEndsAtUse, t.QuarantineReason, t.Quarantined, t.QuarantinedBy, t.RegistersWith
        FROM Things t {ThingsWhere} ORDER BY t.Id
        """;

    private const string IdentifiersSince = $"""
        SELECT i.ThingId, i.Scheme, i.Value, i.Raw FROM ThingIdentifiers i JOIN Things t ON t.Id = i.ThingId {ThingsWhere} ORDER BY i.ThingId
        """;

    private readonly Dictionary<string, string> _shared = new(StringComparer.Ordinal);

    /// <summary>Everything that changed after <paramref name="since"/>, as of one moment.</summary>
    /// <param name="known">The models, mappings and organisations known so far; those that changed are replaced or taken out.</param>
    public RegistryChanges Read(long since, RegistryKnown known)
    {
        using var connection = database.Open();
        using var moment = connection.BeginTransaction(deferred: true);
        var last = since;
        ReadModels(connection, since, known.Models, ref last);
        var hasMappings = ReadMappings(connection, since, known.Mappings, ref last);
        var hasOrganisations = ReadOrganisations(connection, since, known.Organisations, ref last);
        var grants = ReadGrants(connection, since, ref last);
        var contact = ContactReader.Read(connection, since, ref last);
        var identifiers = ReadIdentifiers(connection, since);
        var things = ReadThings(connection, since, known.Models, identifiers, ref last);
        return new RegistryChanges(last, things, hasMappings, hasOrganisations, grants, contact);
    }

    private static void ReadModels(SqliteConnection connection, long since, Dictionary<string, ModelEntry> models, ref long last)
    {
        using var command = Query(connection, ModelsSince, since);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var id = reader.GetString(0);
            last = Math.Max(last, reader.GetInt64(3));
            if (reader.GetBoolean(2)) models.Remove(id);
            else models[id] = ModelEntry.Parse(id, reader.GetInt32(1), reader.GetString(4), new Timestamp(reader.GetInt64(5)));
        }
    }

    private static bool ReadMappings(SqliteConnection connection, long since, Dictionary<string, MappingEntry> mappings, ref long last)
    {
        using var command = Query(connection, MappingsSince, since);
        using var reader = command.ExecuteReader();
        var any = false;
        while (reader.Read())
        {
            var id = reader.GetString(0);
            last = Math.Max(last, reader.GetInt64(3));
            any = true;
            if (reader.GetBoolean(2)) mappings.Remove(id);
            else mappings[id] = MappingEntry.Parse(id, reader.GetInt32(1), reader.GetString(4), new Timestamp(reader.GetInt64(5)));
        }
        return any;
    }

    private bool ReadOrganisations(SqliteConnection connection, long since, Dictionary<string, OrganisationEntry> organisations, ref long last)
    {
        using var command = Query(connection, OrganisationsSince, since);
        using var reader = command.ExecuteReader();
        var any = false;
        while (reader.Read())
        {
            var id = Share(reader.GetString(0));
            last = Math.Max(last, reader.GetInt64(11));
            any = true;
            if (reader.GetBoolean(7)) organisations.Remove(id);
            else
                organisations[id] = new OrganisationEntry
                {
                    Id = id, Name = Name(Text(reader, 1), Text(reader, 2), Text(reader, 3)), Parent = SharedText(reader, 4), Uscc = Text(reader, 5), Sector = SharedText(reader, 6),
                    Created = new Timestamp(reader.GetInt64(8)), Changed = new Timestamp(reader.GetInt64(9)), Revision = reader.GetInt32(10),
                };
        }
        return any;
    }

    /// <summary>Null when none has changed; otherwise all that hold, which are few beside things.</summary>
    private List<Grant>? ReadGrants(SqliteConnection connection, long since, ref long last)
    {
        using var newest = Query(connection, LastGrant, since);
        if (newest.ExecuteScalar() is not long sequence) return null;
        last = Math.Max(last, sequence);
        List<Grant> grants = [];
        using var command = connection.CreateCommand();
        command.CommandText = GrantsHeld;
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var scope = new GrantScope(SharedText(row, 4), SharedText(row, 5), SharedText(row, 6));
            grants.Add(new Grant(row.GetGuid(0), Enum.TryParse<CallerKind>(row.GetString(1), out var kind) ? kind : CallerKind.Anonymous, row.GetGuid(2).ToString(), Share(row.GetString(3)),
                scope.IsEverything ? GrantScope.Everything : scope, new Timestamp(row.GetInt64(7)), Share(row.GetString(8)), row.IsDBNull(9) ? null : new Timestamp(row.GetInt64(9)))
                { Sight = SightOf(row) });
        }
        return grants;
    }

    private GrantSight SightOf(SqliteDataReader row)
    {
        var sight = new GrantSight((DataClass)row.GetByte(10), Text(row, 11), SharedText(row, 12));
        return sight == GrantSight.Usual ? GrantSight.Usual : sight;
    }

    private Dictionary<ThingId, ThingIdentifier[]> ReadIdentifiers(SqliteConnection connection, long since)
    {
        Dictionary<ThingId, ThingIdentifier[]> all = [];
        List<ThingIdentifier> ofOne = [];
        ThingId current = default;
        using var command = Query(connection, IdentifiersSince, since);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var thing = ThingId.Parse(reader.GetString(0), null);
            if (thing != current) Flush();
            current = thing;
            var value = reader.GetString(2);
            var raw = reader.GetString(3);
            ofOne.Add(new ThingIdentifier(Share(reader.GetString(1)), value, raw == value ? value : raw));
        }
        Flush();
        return all;

        void Flush()
        {
            if (ofOne.Count > 0) all[current] = [.. ofOne];
            ofOne.Clear();
        }
    }

    private List<ThingEntry> ReadThings(SqliteConnection connection, long since, Dictionary<string, ModelEntry> models,
        Dictionary<ThingId, ThingIdentifier[]> identifiers, ref long last)
    {
        List<ThingEntry> things = [];
        using var command = Query(connection, ThingsSince, since);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var thing = ReadThing(reader, models, identifiers);
            last = Math.Max(last, thing.Sequence);
            things.Add(thing);
        }
        return things;
    }

    private ThingEntry ReadThing(SqliteDataReader row, Dictionary<string, ModelEntry> models, Dictionary<ThingId, ThingIdentifier[]> identifiers)
    {
        var id = ThingId.Parse(row.GetString(0), null);
        var region = SharedText(row, 7);
        var zone = Text(row, 8);
        return new ThingEntry
        {
            Id = id,
            Name = Name(Text(row, 1), Text(row, 2), Text(row, 3)),
            Model = Text(row, 4) is { } model ? models.GetValueOrDefault(model) : null,
            Lifecycle = (Lifecycle)row.GetByte(5),
            Organisation = SharedText(row, 6),
            Region = region,
            Zone = zones.Of(zone, region),
            HasOwnZone = zone is not null,
            Gateway = Text(row, 9) is { } gateway ? ThingId.Parse(gateway, null) : null,
            Place = row.IsDBNull(10) ? null : new Place(row.GetDouble(10), row.GetDouble(11)),
            Labels = Labels(Text(row, 12)),
            Secret = row.IsDBNull(13) ? null : ThingSecret.FromBytes(row.GetFieldValue<byte[]>(13)),
            Created = new Timestamp(row.GetInt64(14)),
            Changed = new Timestamp(row.GetInt64(15)),
            Revision = row.GetInt32(16),
            Sequence = row.GetInt64(17),
            Former = row.IsDBNull(18) || ThingSecret.FromBytes(row.GetFieldValue<byte[]>(18)) is not { } former ? null : new FormerSecret(former, new Timestamp(row.GetInt64(19)), row.GetBoolean(20)),
            Quarantine = Text(row, 21) is { } reason ? new Quarantine(reason, new Timestamp(row.GetInt64(22)), Share(row.GetString(23))) : null,
            RegistersWith = row.IsDBNull(24) ? null : row.GetGuid(24),
            Identifiers = identifiers.GetValueOrDefault(id) ?? [],
        };
    }

    private static LocalizedText Name(string? hant, string? hans, string? en)
    {
        // Most things have one name for all languages: one string then serves three times.
        if (hans == hant) hans = hant;
        if (en == hant) en = hant;
        return LocalizedText.Of(hant, hans, en);
    }

    private ThingLabels Labels(string? json)
    {
        if (json is null) return ThingLabels.None;
        var labels = JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [];
        return ThingLabels.From(labels.Select(label => KeyValuePair.Create(Share(label.Key), Share(label.Value))));
    }

    private static SqliteCommand Query(SqliteConnection connection, string sql, long since)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$since", since);
        return command;
    }

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private string? SharedText(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : Share(row.GetString(column));

    private string Share(string text)
    {
        // Bounded: labels may hold serial numbers, which share nothing.
        if (_shared.TryGetValue(text, out var known)) return known;
        if (_shared.Count < 20_000) _shared.Add(text, text);
        return text;
    }
}

/// <summary>What is kept of the registry beside things, to be brought up to date.</summary>
internal sealed class RegistryKnown
{
    public Dictionary<string, ModelEntry> Models { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, MappingEntry> Mappings { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, OrganisationEntry> Organisations { get; } = new(StringComparer.Ordinal);
    public IReadOnlyList<Grant> Grants { get; set; } = [];
}

/// <param name="Last">The newest change among them.</param>
/// <param name="HasMappings">Whether a mapping is among them.</param>
/// <param name="HasOrganisations">Whether an organisation is among them.</param>
/// <param name="Grants">All that have not ended, when a grant is among them.</param>
/// <param name="Contact">Bindings, bans and registration keys among them.</param>
internal sealed record RegistryChanges(long Last, IReadOnlyList<ThingEntry> Things, bool HasMappings, bool HasOrganisations, IReadOnlyList<Grant>? Grants, ContactChanges Contact);
