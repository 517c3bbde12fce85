using System.Globalization;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Query;

/// <summary>The times at which a series has observations, without their values: what an import holds its own against.</summary>
internal sealed class StoredTimes(StoreDatabase database, StoreLoader loader)
{
    /// <summary>Visits every time in [<paramref name="from"/>, <paramref name="to"/>), in no order; one that is both hot and cold comes twice.</summary>
    /// <exception cref="StoreException">The store cannot be brought up to date at present.</exception>
    public async Task ReadAsync(Series series, long from, long to, Action<long> visit, CancellationToken stop)
    {
        await loader.LoadedAsync(series.CommittedBefore(to), stop);
        await database.QueryAsync((connection, cold, token) =>
        {
            var files = cold.Of(series.Number, from, to);
            using var command = connection.CreateCommand();
            command.CommandText = string.Create(CultureInfo.InvariantCulture, $"SELECT t FROM observations WHERE series = {series.Number} AND t >= {from} AND t < {to}")
                + (files.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
                    $" UNION ALL SELECT epoch_us(t) FROM {cold.Parquet(files)} WHERE series = {series.Number} AND {ColdSql.TimeBetween("t", from, to)}"));
            using var reader = command.ExecuteReader();
            var count = 0L;
            while (reader.Read())
            {
                visit(reader.GetInt64(0));
                if ((++count & 0xFFFF) == 0) token.ThrowIfCancellationRequested();
            }
            return count;
        }, stop);
    }
}
