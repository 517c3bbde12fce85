using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Erasure;

/// <summary>Carries out one order: place after place, until a look through all of them finds nothing.</summary>
/// <remarks>Nothing is remembered between two runs but the order: what an earlier one has done is found to be gone.</remarks>
internal sealed class ErasureRun(IEnumerable<IErasurePlace> places, ErasureRooms rooms, ObservationLog log, RetentionBook holds, ValueMasks masks, AuditTrail trail)
{
    /// <summary>What came in, or was on its way, while a pass went by is found by the next.</summary>
    private const int MostPasses = 3;
    private readonly List<IErasurePlace> _places = [.. places.OrderBy(place => place.Turn)];

    public ErasureSubject SubjectOf(ErasureOrder order) => new(order, rooms.Store.Series, masks.HashOf);

    /// <summary>What there is of it at present. The value it may be about is looked up first.</summary>
    public async Task<IReadOnlyList<ErasedCount>> CountAsync(ErasureSubject subject, CancellationToken stop)
    {
        if (subject.Order.ValueHash is not null && subject.Value is null) await FindValueAsync(subject, stop);
        var counts = new List<ErasedCount>();
        foreach (var place in _places) counts.AddRange(await place.CountAsync(subject, stop));
        return counts;
    }

    /// <exception cref="ErasureHeldException">Something must be put right first.</exception>
    public async Task RunAsync(ErasureJob job, CancellationToken stop)
    {
        var subject = SubjectOf(job.Order);
        await SettleAsync(stop);
        rooms.Faults.At?.Invoke(ErasureStep.Settled);
        var found = await CountAsync(subject, stop);
        job.Change(order => order with { State = ErasureState.Running, Problem = null, Begun = order.Begun ?? rooms.Now, Before = order.Before ?? found });
        using (await rooms.Compaction.KeepOutAsync(stop)) found = await PassesAsync(job, subject, stop);
        rooms.Faults.At?.Invoke(ErasureStep.Verified);
        await EndAsync(job, found, stop);
    }

    private async Task<IReadOnlyList<ErasedCount>> PassesAsync(ErasureJob job, ErasureSubject subject, CancellationToken stop)
    {
        IReadOnlyList<ErasedCount> left = [];
        for (var pass = 0; pass < MostPasses; pass++)
        {
            foreach (var place in _places)
            {
                ThrowIfHeld(job.Order);
                job.Step = place.GetType().Name.Replace("Erasure", "", StringComparison.Ordinal).ToLowerInvariant();
                await place.EraseAsync(subject, stop);
            }
            job.Step = "verify";
            await SettleAsync(stop);
            left = await CountAsync(subject, stop);
            if (left.All(one => one.Count == 0)) return left;
        }
        throw new ErasureHeldException($"Some of it was found again: {string.Join(", ", left.Where(one => one.Count > 0).Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Count} in {one.Place}")))}.");
    }

    /// <summary>What was on its way when the order was given is in the store when this returns.</summary>
    private async Task SettleAsync(CancellationToken stop) => await rooms.Store.Loader.LoadedAsync(await log.EndSegmentAsync(stop), stop);

    private void ThrowIfHeld(ErasureOrder order)
    {
        if (HoldOver(order) is { } hold) throw new ErasureHeldException(FaultOf(hold));
    }

    public static string FaultOf(LegalHold hold) => $"The legal hold {hold.Id} keeps some of it: {hold.Reason}. Whoever may lifts it first.";

    /// <summary>A hold that names some of what the order takes.</summary>
    public LegalHold? HoldOver(ErasureOrder order)
    {
        foreach (var hold in holds.Current.Standing)
        {
            if (hold.From is { } from && from >= order.To || hold.To is { } to && to <= order.From) continue;
            foreach (var series in SubjectOf(order).Series)
                if (hold.Takes(SeriesTerms.ClassOf(series, rooms.Store.Things))) return hold;
        }
        return null;
    }

    private async Task FindValueAsync(ErasureSubject subject, CancellationToken stop) => subject.Value = await rooms.Database.QueryAsync((connection, cold, token) =>
    {
        subject.Fill(connection);
        List<string> relations =
        [
            $"SELECT {StoredValue.Word("o.")} AS word FROM observations o WHERE {subject.AnyHot("o")}",
            $"SELECT {StoredValue.Word("c.old_")} AS word FROM {CorrectionTable.Name} c WHERE c.series IN (FROM {ErasureSubject.Table})",
            $"SELECT {StoredValue.Word("c.new_")} AS word FROM {CorrectionTable.Name} c WHERE c.series IN (FROM {ErasureSubject.Table})",
            .. cold.Sound.Select(file => $"SELECT {StoredValue.Word("c.")} AS word FROM {cold.Parquet([file])} c WHERE {subject.AnyCold("c")}"),
        ];
        return relations.Select(relation => WordIn(connection, relation, subject, token)).FirstOrDefault(word => word is not null);
    }, stop);

    private static string? WordIn(DuckDBConnection connection, string relation, ErasureSubject subject, CancellationToken stop)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Built of numbers and quoted paths.
        command.CommandText = $"SELECT DISTINCT word FROM ({relation}) WHERE word IS NOT NULL";
#pragma warning restore CA2100
        command.UseStreamingMode = true;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            stop.ThrowIfCancellationRequested();
            if (reader.GetString(0) is var word && subject.IsTheValue(word)) return word;
        }
        return null;
    }

    /// <summary>Notes in the store that it is done, has it on the audit trail with every file, and then in the order itself.</summary>
    private async Task EndAsync(ErasureJob job, IReadOnlyList<ErasedCount> after, CancellationToken stop)
    {
        var order = job.Order;
        rooms.Store.Loader.Pause((_, _) =>
        {
            using var connection = rooms.Database.Connect();
            if (!ErasureJournal.IsDone(connection, order.Id)) ErasureJournal.WriteDone(connection, order.Id, rooms.Now);
        });
        rooms.Faults.At?.Invoke(ErasureStep.Noted);
        var files = await rooms.Database.QueryAsync((connection, _) => ErasureJournal.Files(connection, order.Id), stop);
        await trail.AppendAsync([.. files.Select(file => ErasureRecords.OfFile(order, file)), ErasureRecords.OfEnd(order, after, files.Count)], signs: true);
        job.Change(one => one with { State = ErasureState.Done, Problem = null, Ended = rooms.Now, After = after, Files = files.Count });
    }
}
