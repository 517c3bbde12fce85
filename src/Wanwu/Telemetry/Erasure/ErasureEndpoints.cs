using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Query.Many;

namespace Wanwu.Telemetry.Erasure;

/// <summary><c>/api/v1/personal-data/erasures</c>: what is there of somebody goes, everywhere, and stays on record as gone.</summary>
internal static class ErasureEndpoints
{
    public static void AddErasure(this IServiceCollection services)
    {
        services.AddSingleton<ErasureFaults>();
        services.AddSingleton<ErasureRooms>();
        services.AddSingleton<IErasurePlace, ColdErasure>();
        services.AddSingleton<IErasurePlace, KeptErasure>();
        services.AddSingleton<IErasurePlace, HotErasure>();
        services.AddSingleton<IErasurePlace, StoreErasure>();
        services.AddSingleton<IErasurePlace, LogErasure>();
        services.AddSingleton<Erasures>();
        services.AddSingleton<ErasureRun>();
        services.AddHostedService<ErasureWork>();
    }

    public static void MapErasure(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/personal-data/erasures").WithTags("Personal data").RequireAuthorization(Permission.Erase.Policy());
        var description = $"Which series: {ManyParameters.Series}, of which one of thing, label, organisation, gateway or value must be given; from (inclusive), to (exclusive); value: only observations of exactly this text or whole number; "
            + "properties: personal (unless told otherwise) or all. The caller must see all of it in clear.";
        api.MapPost("/preview", Preview).WithMembers(ErasureRequest.Names).Produces<ErasurePreviewView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).WithName("previewErasure")
            .WithSummary("What an order would take out, by place; nothing goes.").WithDescription(description).NotAudited("A question; it changes nothing.");
        api.MapPost("/", Order).WithMembers(ErasureRequest.Names).Produces<ErasureView>(202).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).WithName("orderErasure")
            .WithSummary("Orders that everything of a subject be erased that was received until now. It is on disk when this is answered, and done in the background.").WithDescription(description + " reason: why, in words.")
            .AuditedWithin("erasure.order");
        api.MapGet("/", List).WithName("erasures").WithSummary("Lists the orders one may see, newest first.");
        api.MapGet("/{id}", Get).Produces<ErasureView>().ProducesProblem(404).WithName("erasure").WithSummary("One order: how far it is, what was there and what a look through everything found at the end.");
    }

    private static async Task<IResult> Preview(HttpContext context, Asking.Rooms rooms, ErasureRun run, DataFolder data)
    {
        var (order, problem) = await ReadAsync(context, rooms, withReason: false);
        if (order is null) return problem!;
        var found = await run.CountAsync(run.SubjectOf(order), context.RequestAborted);
        var times = found.Where(one => one.From is not null).ToList();
        return TypedResults.Ok(new ErasurePreviewView(order.Things.Count, order.Series, times.Min(one => one.From), times.Max(one => one.To), found,
            run.HoldOver(order) is { } hold ? ErasureRun.FaultOf(hold) : null, ErasureLimits.Of(data)));
    }

    private static async Task<IResult> Order(HttpContext context, Asking.Rooms rooms, ErasureRun run, Erasures erasures, DataFolder data)
    {
        var (order, problem) = await ReadAsync(context, rooms, withReason: true);
        if (order is null) return problem!;
        if (run.HoldOver(order) is { } hold) return TypedResults.Problem(ErasureRun.FaultOf(hold), statusCode: StatusCodes.Status409Conflict);
        var job = await erasures.OrderAsync(order, ErasureRecords.OfOrder(order));
        return TypedResults.Accepted($"/api/v1/personal-data/erasures/{order.Id}", ErasureView.Of(job, data));
    }

    private static async Task<(ErasureOrder? Order, IResult? Problem)> ReadAsync(HttpContext context, Asking.Rooms rooms, bool withReason)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request, context.RequestAborted);
        if (body is null) return (null, problem);
        using (body) return new ErasureRequest(rooms, Caller.From(context.User)).Read(body.RootElement, withReason);
    }

    private static Ok<ListView<ErasureView>> List(HttpContext context, Erasures erasures, Asking.Rooms rooms, ThingDirectory things, DataFolder data)
    {
        var caller = Caller.From(context.User);
        return TypedResults.Ok(new ListView<ErasureView>([.. erasures.All.Reverse().Where(job => MaySee(caller, job.Order, rooms.Access, things)).Select(job => ErasureView.Of(job, data))], null));
    }

    private static IResult Get(string id, HttpContext context, Erasures erasures, Asking.Rooms rooms, ThingDirectory things, DataFolder data) =>
        erasures.Find(id) is { } job && MaySee(Caller.From(context.User), job.Order, rooms.Access, things)
            ? TypedResults.Ok(ErasureView.Of(job, data))
            : TypedResults.Problem($"There is no order '{ThingRules.Short(id)}'.", statusCode: StatusCodes.Status404NotFound);

    /// <summary>Whoever might have given it: it names every thing.</summary>
    private static bool MaySee(Caller caller, ErasureOrder order, AccessRules access, ThingDirectory things) =>
        access.MayEverywhere(caller, Permission.Erase) || order.Things.All(thing => things.Find(thing.Thing) is { } known && access.May(caller, Permission.Erase, known));
}
