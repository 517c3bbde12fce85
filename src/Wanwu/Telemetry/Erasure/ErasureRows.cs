using DuckDB.NET.Data;
using Microsoft.Extensions.Options;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Erasure;

/// <summary>What erasing rows needs of telemetry.</summary>
internal sealed record ErasureRooms(ExpiryRooms Store, Compaction Compaction, IOptions<ColdOptions> Cold, ErasureFaults Faults, TimeProvider Clock)
{
    public StoreDatabase Database => Store.Database;

    public Timestamp Now => Timestamp.Now(Clock);
}

/// <summary>One pass over rows: a connection to the store, a writer of files beside it, and the transactions that switch. Nothing else moves rows meanwhile.</summary>
internal sealed class ErasureRows : IDisposable
{
    private readonly ErasureRooms _rooms;
    private readonly ErasureSubject _subject;
    private readonly LatestLeft _latest;
    private readonly CancellationToken _stop;
    private ColdWriter? _writer;

    public ErasureRows(ErasureRooms rooms, ErasureSubject subject, CancellationToken stop)
    {
        (_rooms, _subject, _stop) = (rooms, subject, stop);
        Connection = rooms.Database.Connect();
        subject.Fill(Connection);
        _latest = new LatestLeft(rooms.Store, Connection, (series, latest, received) => subject.Takes(series.Number, latest.Time, received, latest.Value));
    }

    public DuckDBConnection Connection { get; }

    /// <summary>Made when the first file is to be written.</summary>
    public ColdWriter Writer
    {
        get
        {
            if (_writer is not null) return _writer;
            _writer = new ColdWriter(_rooms.Database.Cold, _rooms.Cold.Value, _stop);
            _subject.Fill(_writer.Connection);
            return _writer;
        }
    }

    public ErasureFaults Faults => _rooms.Faults;

    public Timestamp Now => _rooms.Now;

    public long Generation => ColdManifest.Generation(Connection) + 1;

    /// <summary>Reads the file's bytes, for what is damaged must not be written anew with a fresh checksum.</summary>
    /// <exception cref="ErasureHeldException">It is.</exception>
    public void Prove(ColdFile file)
    {
        _rooms.Database.Cold.SetAsideDamaged(Connection, [file]);
        if (_rooms.Database.Cold.Damaged.TryGetValue(file.Name, out var damage)) throw Damaged(file, damage);
    }

    public static ErasureHeldException Damaged(ColdFile file, string damage) =>
        new($"The file cold/{file.Name} is damaged ({damage}) and may hold what is to be erased. Put it back from a backup and start again, or delete it; the order goes on then.");

    /// <summary>The rollups without the rows that go.</summary>
    public RollupChange RollupsOfRest(ColdFile file, ColdFile? made) => RollupRest.Make(_rooms.Database, Connection, () => Writer, _rooms.Cold.Value, file, made, Now);

    /// <summary>Takes rows out: one transaction, while nothing is loaded.</summary>
    /// <param name="work">What it does. The answer is how many observations went.</param>
    public void Switch(string id, ExpiryKind kind, string name, ColdPeriod period, long bytes, Func<long> work)
    {
        List<int> affected = [.. _subject.Series.Select(series => series.Number)];
        _rooms.Store.Loader.Pause((_, _) =>
        {
            Connection.Execute("BEGIN TRANSACTION");
            try
            {
                var rows = work();
                _latest.SumUp(affected);
                if (rows != 0 || bytes != 0) ExpiryJournal.Write(Connection, Now, kind, name, period, rows, bytes, $"erasure {id}");
                Faults.At?.Invoke(ErasureStep.BeforeCommit);
                Connection.Execute("COMMIT");
            }
            catch
            {
                Connection.RollBack();
                throw;
            }
            _rooms.Store.Accounts.Expired = ExpiryJournal.Total(Connection);
            _latest.Replace(affected);
        });
        Faults.At?.Invoke(ErasureStep.AfterCommit);
    }

    public void Dispose()
    {
        _writer?.Dispose();
        Connection.Dispose();
    }
}
