using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Cold;

/// <param name="Rows">Rows in the store.</param>
/// <param name="From">Earliest time there, null if it is empty.</param>
/// <param name="To">Latest time there.</param>
internal sealed record HotTierView(long Rows, Timestamp? From, Timestamp? To);

/// <param name="Damaged">Files set aside, and what is wrong with each.</param>
internal sealed record ColdTierView(int Files, long Rows, long Bytes, IReadOnlyDictionary<string, string> Damaged);

/// <summary>Where observations lie.</summary>
internal sealed record TiersView(HotTierView Hot, ColdTierView Cold);

internal static class TierEndpoints
{
    public static void MapTiers(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Care").RequireAuthorization(Permission.Administer.Policy());
        api.MapGet("/tiers", Tiers).WithName("tiers").WithSummary("Where observations lie: rows that are hot, files that are cold, and which of them are damaged");
        api.MapPost("/compact", Compact).WithName("compact").WithSummary("Writes what is over into cold files now, late observations included; ingest goes on").Audited("data.compact");
    }

    private static Task<TiersView> Tiers(StoreDatabase database, CancellationToken stop) => database.QueryAsync((connection, cold, _) =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*), min(t), max(t) FROM observations";
        using var reader = command.ExecuteReader();
        reader.Read();
        Timestamp? At(int column) => reader.IsDBNull(column) ? null : new Timestamp(reader.GetInt64(column));
        var files = cold.Sound.ToList();
        return new TiersView(new HotTierView(reader.GetInt64(0), At(1), At(2)),
            new ColdTierView(files.Count, files.Sum(file => file.Rows), files.Sum(file => file.Bytes), database.Cold.Damaged));
    }, stop);

    private static async Task<IResult> Compact(Compaction compaction, CancellationToken stop)
    {
        try
        {
            return TypedResults.Ok(await compaction.RunAsync(isEverythingDue: true, stop));
        }
        catch (Exception fault) when (fault is IOException or StoreException)
        {
            return TypedResults.Problem($"{fault.Message} Nothing was lost: what was not moved is where it was.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
