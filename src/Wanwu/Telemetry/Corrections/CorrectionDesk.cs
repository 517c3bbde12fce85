using Wanwu.Security.Access;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Corrections;

/// <summary>What becomes of an observation.</summary>
internal readonly record struct Amended(Value Value, Quality Quality);

/// <summary>What an observation becomes; null leaves it as it is.</summary>
/// <param name="refused">Why it cannot be so, and with it nothing of the correction.</param>
internal delegate Amended? Amendment(StandingRow row, out string? refused);

/// <summary>What somebody wants put right in one series.</summary>
internal sealed record CorrectionOrder(ThingId Thing, PropertyName Property, RowChoice Rows, string Reason, Caller By, Amendment Amend);

internal enum CorrectionOutcome
{
    Corrected,
    /// <summary>There is nothing to put right, or it is that already.</summary>
    Nothing,
    /// <summary>Some of the times named have no observation.</summary>
    Missing,
    /// <summary>A value would not fit the model.</summary>
    Refused,
    /// <summary>More than <see cref="CorrectionDesk.MostRows"/>.</summary>
    TooMany,
    /// <summary>The disk takes nothing at present.</summary>
    NoRoom,
}

/// <param name="Number">The correction's number; 0 where there is none.</param>
/// <param name="Rows">How many observations were put right.</param>
/// <param name="Detail">What stands in the way, for a person.</param>
internal sealed record CorrectionResult(CorrectionOutcome Outcome, long Number, int Rows, string Detail);

/// <summary>Puts observations right: the one way for the API and the console. The caller's rights are checked by the caller.</summary>
/// <remarks>
/// What was there, who and why travel with the observation in one record of the log and are loaded by one transaction: they cannot come apart. One correction at
/// a time, so that each finds the one before it. The reading of the original is the moment it counts from: what a device sends for the same time afterwards is
/// a resend, and does not stand.
/// </remarks>
internal sealed class CorrectionDesk(SeriesTable table, StoreDatabase database, StoreLoader loader, ObservationLog log, TimeProvider clock) : IDisposable
{
    public const int MostRows = 10_000;
    public const string Protocol = "correction";
    private readonly SemaphoreSlim _turn = new(1);
    private long _last;

    /// <exception cref="StoreException">The store cannot be brought up to date at present.</exception>
    public async Task<CorrectionResult> CorrectAsync(CorrectionOrder order, CancellationToken stop)
    {
        if (table.FindThing(order.Thing)?.Find(order.Property) is not { } series) return Missing(order, order.Rows.Times ?? []);
        await _turn.WaitAsync(stop);
        try
        {
            await loader.LoadedAsync(Volatile.Read(ref series.CommittedUpTo), stop);
            // Numbers rise, whatever became of the clock since the last start.
            if (_last == 0) _last = await database.QueryAsync((connection, _) => connection.Scalar("SELECT coalesce(max(number), 0) FROM corrections"), stop);
            var (rows, hasExpired) = await database.QueryAsync((connection, cold, _) =>
                (StandingRows.Read(connection, cold, series, order.Rows, MostRows + 1), KeptManifest.HasAnyOf(connection, series.Number, order.Rows.Times ?? [])), stop);
            if (rows.Count > MostRows)
                return new(CorrectionOutcome.TooMany, 0, 0, $"There are more than {MostRows} observations; put them right in parts.");
            if (order.Rows.Times is { } times && times.Except(rows.Select(row => row.Time)).ToList() is { Count: > 0 } missing) return Missing(order, missing, hasExpired);
            return await WriteAsync(series, order, rows, stop);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static CorrectionResult Missing(CorrectionOrder order, IReadOnlyList<Timestamp> times, bool hasExpired = false) => new(CorrectionOutcome.Missing, 0, 0,
        $"'{order.Property}' has no observation{(times.Count == 0 ? "" : $" at {string.Join(", ", times.Take(5))}{(times.Count > 5 ? ", …" : "")}")}; {(hasExpired ? "of that time the observations have expired, and what is kept of them, hours and days, cannot be put right" : "only what was observed can be put right")}.");

    private async Task<CorrectionResult> WriteAsync(Series series, CorrectionOrder order, List<StandingRow> rows, CancellationToken stop)
    {
        var observations = new List<Observation>(rows.Count);
        var originals = new List<Original>(rows.Count);
        foreach (var row in rows)
        {
            var amendment = order.Amend(row, out var refused);
            if (refused is not null) return new(CorrectionOutcome.Refused, 0, 0, refused);
            if (amendment is not { } amended || (amended.Value == row.Original.Value && amended.Quality == row.Original.Quality)) continue;
            observations.Add(new Observation(series, row.Time, amended.Value, amended.Quality));
            originals.Add(row.Original);
        }
        if (observations.Count == 0) return new(CorrectionOutcome.Nothing, 0, 0, "");
        var received = Timestamp.Now(clock);
        var note = new CorrectionNote(_last = Math.Max(_last + 1, received.Microseconds), order.By.Kind, order.By.Name, order.Reason, originals);
        var place = new SenderPlace();
        while (true)
        {
            // Once it is in the log it happens, whether or not the one who asked still waits.
            var result = Append(order.Thing, received, [.. observations], note, place);
            if (result.Outcome == AppendOutcome.Full && await log.WaitForRoomAsync(place, stop)) continue;
            var isKept = result.Outcome == AppendOutcome.Appended && await log.CommittedAsync(result.Batch, CancellationToken.None) == CommitOutcome.Committed;
            return isKept ? new(CorrectionOutcome.Corrected, note.Number, observations.Count, "") : new(CorrectionOutcome.NoRoom, 0, 0, "");
        }
    }

    private AppendResult Append(ThingId thing, Timestamp received, Observation[] observations, CorrectionNote note, SenderPlace place) => log.Append(
        new MessageRecord { Protocol = Protocol, Thing = thing, Received = received, Observations = observations, Correction = note, Place = place }, null);

    public void Dispose() => _turn.Dispose();
}
