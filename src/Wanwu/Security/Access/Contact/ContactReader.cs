using Microsoft.Data.Sqlite;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary>Reads what changed of bindings, bans and registration keys after a given change of the registry, within the reading of the rest.</summary>
internal static class ContactReader
{
    private const string BindingsSince = "SELECT Id, Scheme, Value, ThingId, Secret, IsClear, Networks, Created, CreatedBy, IsRemoved, Sequence FROM Bindings WHERE Sequence > $since ORDER BY Sequence, IsRemoved DESC";
    private const string LastBan = "SELECT MAX(Sequence) FROM Bans WHERE Sequence > $since", LastKey = "SELECT MAX(Sequence) FROM RegistrationKeys WHERE Sequence > $since";
    private const string BansHeld = "SELECT Id, Scheme, Value, Network, Reason, Created, CreatedBy, Expires FROM Bans WHERE Ended IS NULL ORDER BY Sequence DESC, Id";
    private const string KeysHeld = """
        SELECT Id, Name, Hash, ModelId, Organisation, Region, GatewayId, Scheme, NeedsApproval, AtMost, Used, Allowed, Networks, Created, CreatedBy, Expires
        FROM RegistrationKeys WHERE Ended IS NULL
        """;

    public static ContactChanges Read(SqliteConnection connection, long since, ref long last)
    {
        var (bindings, removed) = ReadBindings(connection, since, ref last);
        return new ContactChanges(bindings, removed, HasNew(connection, LastBan, since, ref last) ? ReadBans(connection) : null, HasNew(connection, LastKey, since, ref last) ? ReadKeys(connection) : null);
    }

    private static (List<Binding>, List<(string, string)>) ReadBindings(SqliteConnection connection, long since, ref long last)
    {
        var bindings = new Dictionary<(string, string), Binding>();
        var removed = new HashSet<(string, string)>();
        using var command = connection.CreateCommand();
        command.CommandText = BindingsSince;
        command.Parameters.AddWithValue("$since", since);
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            last = Math.Max(last, row.GetInt64(10));
            var key = (row.GetString(1), row.GetString(2));
            if (row.GetBoolean(9))
            {
                removed.Add(key);
                bindings.Remove(key);
                continue;
            }
            bindings[key] = new Binding(row.GetGuid(0), key.Item1, key.Item2, ThingId.Parse(row.GetString(3), null), row.IsDBNull(4) ? null : row.GetFieldValue<byte[]>(4), row.GetBoolean(5),
                Networks.Read(Text(row, 6)), new Timestamp(row.GetInt64(7)), row.GetString(8));
        }
        return ([.. bindings.Values], [.. removed.Where(key => !bindings.ContainsKey(key))]);
    }

    private static bool HasNew(SqliteConnection connection, string sql, long since, ref long last)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$since", since);
        if (command.ExecuteScalar() is not long sequence) return false;
        last = Math.Max(last, sequence);
        return true;
    }

    private static List<Ban> ReadBans(SqliteConnection connection)
    {
        List<Ban> bans = [];
        using var command = connection.CreateCommand();
        command.CommandText = BansHeld;
        using var row = command.ExecuteReader();
        while (row.Read())
            bans.Add(new Ban(row.GetGuid(0), Text(row, 1), Text(row, 2), Networks.Read(Text(row, 3)), row.GetString(4), new Timestamp(row.GetInt64(5)), row.GetString(6), Time(row, 7)));
        return bans;
    }

    private static List<RegistrationKey> ReadKeys(SqliteConnection connection)
    {
        List<RegistrationKey> keys = [];
        using var command = connection.CreateCommand();
        command.CommandText = KeysHeld;
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            ThingId? gateway = Text(row, 6) is { } text ? ThingId.Parse(text, null) : null;
            keys.Add(new RegistrationKey(row.GetGuid(0), row.GetString(1), row.GetFieldValue<byte[]>(2), Text(row, 3), Text(row, 4), Text(row, 5), gateway, row.GetString(7))
            {
                NeedsApproval = row.GetBoolean(8), AtMost = row.IsDBNull(9) ? null : row.GetInt32(9), Used = row.GetInt32(10), Allowed = Text(row, 11)?.Split('\n') ?? [], Networks = Networks.Read(Text(row, 12)),
                Created = new Timestamp(row.GetInt64(13)), CreatedBy = row.GetString(14), Expires = Time(row, 15),
            });
        }
        return keys;
    }

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static Timestamp? Time(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : new Timestamp(row.GetInt64(column));
}
