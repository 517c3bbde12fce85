using DuckDB.NET.Data;
using Wanwu.Telemetry.Retention;
using Wanwu.Things;

namespace Wanwu.Telemetry.Store;

/// <summary>What was received and what became of it, by protocol and by thing. Changes with each load, by the load's own transaction.</summary>
/// <remarks>Written by the loader; read by anyone. Every answer is of one moment, so it balances.</remarks>
internal sealed class Accounts(SeriesTable series)
{
    private const int CompactAbove = 200_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Account> _protocols = new(StringComparer.Ordinal);
    private long _thingRows;
    private long _expired;

    internal SeriesTable Series => series;

    /// <summary>For the loader's thread alone.</summary>
    internal IReadOnlyDictionary<string, Account> Protocols => _protocols;

    /// <summary>How many of the stored observations retention has let go since.</summary>
    internal long Expired
    {
        get => Volatile.Read(ref _expired);
        set => Volatile.Write(ref _expired, value);
    }

    /// <summary>Everything received, in all and by protocol.</summary>
    public (AccountView All, IReadOnlyDictionary<string, AccountView> Protocols) Read()
    {
        lock (_gate)
        {
            var all = new Account();
            foreach (var account in _protocols.Values) all.Add(account);
            return (all.ToView(), new SortedDictionary<string, AccountView>(
                _protocols.ToDictionary(pair => pair.Key, pair => pair.Value.ToView()), StringComparer.Ordinal));
        }
    }

    public AccountView Read(ThingId thing)
    {
        lock (_gate) return (series.FindThing(thing)?.Account ?? new Account()).ToView();
    }

    internal void Take(LoadPlan plan)
    {
        lock (_gate)
        {
            plan.Commit();
            _thingRows += plan.Things.Count;
            foreach (var (protocol, change) in plan.Protocols)
            {
                if (change.Received == 0) continue;
                if (!_protocols.TryGetValue(protocol, out var account)) _protocols.Add(protocol, account = new Account());
                account.Add(change);
            }
        }
    }

    internal void Restore(DuckDBConnection connection)
    {
        foreach (var (protocol, account) in Rows(connection, "SELECT protocol, received, stored, repeated, refused FROM protocol_accounts"))
            _protocols[protocol] = account;
        foreach (var (thing, account) in Rows(connection, "SELECT thing, sum(received)::BIGINT, sum(stored)::BIGINT, sum(repeated)::BIGINT, sum(refused)::BIGINT FROM thing_accounts GROUP BY thing"))
            series.Of(ThingId.Parse(thing, null)).Account.Add(account);
        _thingRows = connection.Scalar("SELECT count(*) FROM thing_accounts");
        Expired = ExpiryJournal.Total(connection);
    }

    private static IEnumerable<(string Name, Account Account)> Rows(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The two constants above.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return (reader.GetString(0), new Account
            {
                Received = reader.GetInt64(1), Stored = reader.GetInt64(2), Repeated = reader.GetInt64(3), Refused = reader.GetInt64(4),
            });
        }
    }

    /// <summary>A load adds one row for each thing it heard of; now and then they are summed up.</summary>
    internal void CompactIfDue(DuckDBConnection connection)
    {
        if (_thingRows < CompactAbove + 4L * series.Count) return;
        connection.Execute("""
            BEGIN TRANSACTION;
            CREATE OR REPLACE TABLE thing_accounts AS
                SELECT thing, sum(received)::BIGINT AS received, sum(stored)::BIGINT AS stored, sum(repeated)::BIGINT AS repeated, sum(refused)::BIGINT AS refused
                FROM thing_accounts GROUP BY thing;
            COMMIT
            """);
        _thingRows = connection.Scalar("SELECT count(*) FROM thing_accounts");
    }
}
