using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;
using Wanwu.Security.Audit;

namespace Wanwu.Registry;

/// <summary>Body of <c>POST /api/v1/things/{id}/credentials</c>; may be left out.</summary>
/// <param name="OverlapHours">For how long the former password holds besides, 0 to 2160; 0 ends it at once. <c>Security:Things:OverlapHours</c> unless told.</param>
/// <param name="EndsAtUse">Whether the former one ends already when the new one is used.</param>
internal sealed record NewCredentials(double? OverlapHours, bool? EndsAtUse);

/// <summary>Body of <c>POST /api/v1/things/{id}/quarantine</c>.</summary>
/// <param name="Reason">What a refused peer, and whoever looks at the thing, is told.</param>
internal sealed record QuarantineThing(string Reason);

/// <summary>Body of <c>POST /api/v1/things/{id}/registration</c>.</summary>
/// <param name="Key">The registration key with which the thing may fetch a secret, once.</param>
internal sealed record LetThingRegister(Guid Key);

/// <summary>What a thing signs in with, and whether anything is taken from it.</summary>
internal static class ThingStandingEndpoints
{
    private const string Json = "application/json";

    public static void MapStanding(this RouteGroupBuilder things)
    {
        things.MapPost("/{id}/credentials", Rotate).RequireAuthorization(Permission.ChangeThings.Policy()).Accepts<NewCredentials>(true, Json).Produces<NewCredentialsView>()
            .WithSummary("Makes a new password; the former one holds besides for as long as is said.").ProducesProblem(400).ProducesProblem(409).AuditedWithin("thing.credentials");
        things.MapPost("/{id}/quarantine", Quarantine).RequireAuthorization(Permission.Quarantine.Policy()).Accepts<QuarantineThing>(Json).Produces<ThingView>()
            .WithSummary("Has nothing taken from a thing: its connections are closed, what it or others send for it is refused with the reason.").ProducesProblem(400).AuditedWithin("thing.quarantine");
        things.MapDelete("/{id}/quarantine", Release).RequireAuthorization(Permission.Quarantine.Policy()).Produces<ThingView>()
            .WithSummary("Releases a thing from quarantine.").AuditedWithin("thing.release");
        things.MapPost("/{id}/registration", LetRegister).RequireAuthorization(Permission.ChangeThings.Policy()).Accepts<LetThingRegister>(Json).Produces(204)
            .WithSummary("Lets the device that is this thing fetch a new password with a registration key, once; the password it has ends then.").ProducesProblem(400).ProducesProblem(409).AuditedWithin("thing.change");
        things.MapDelete("/{id}/registration", LetNoMore).RequireAuthorization(Permission.ChangeThings.Policy()).Produces(204)
            .WithSummary("Takes that back.").AuditedWithin("thing.change");
    }

    private static async Task<IResult> Rotate(string id, HttpContext context, VisibleThings visible, ThingChanges changes, ThingDirectory things, IOptions<ContactOptions> options)
    {
        var stop = context.RequestAborted;
        if (await visible.FindAsync(id, context.User, Permission.ChangeThings, stop) is not { } thing) return ThingEndpoints.NoSuchThing(id);
        var faults = new FieldFaults();
        var rotation = options.Value.Overlap;
        if (context.Request.HasJsonContentType())
        {
            var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
            using (document)
            {
                if (problem is not null) return problem;
                rotation = ReadRotation(document!.RootElement, rotation, faults);
            }
        }
        if (!faults.IsEmpty) return faults.ToProblem();
        var result = await changes.RotateAsync(thing.Id, rotation, stop);
        if (result.Outcome != ThingOutcome.Done) return ThingEndpoints.Problem(result);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new NewCredentialsView(thing.Id.ToString(), result.Password!, things.Find(thing.Id)?.Former?.Ends));
    }

    private static Rotation ReadRotation(JsonElement body, Rotation usual, FieldFaults faults)
    {
        var members = JsonBody.Members(body, ["overlapHours", "endsAtUse"], faults);
        var (overlap, atUse) = (usual.Overlap, false);
        if (members.TryGetValue("overlapHours", out var hours) && hours.ValueKind != JsonValueKind.Null)
        {
            if (hours.ValueKind == JsonValueKind.Number && hours.TryGetDouble(out var number) && number >= 0 && number <= Rotation.Longest.TotalHours) overlap = TimeSpan.FromHours(number);
            else faults.Add("overlapHours", string.Create(CultureInfo.InvariantCulture, $"Expected a number from 0 to {Rotation.Longest.TotalHours}."));
        }
        if (members.TryGetValue("endsAtUse", out var use) && use.ValueKind is not (JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null)) faults.Add("endsAtUse", "Expected true or false.");
        else atUse = use.ValueKind == JsonValueKind.True;
        return new Rotation(overlap, atUse);
    }

    private static async Task<IResult> Quarantine(string id, HttpContext context, VisibleThings visible, ThingChanges changes, ThingDirectory things)
    {
        var stop = context.RequestAborted;
        if (await visible.FindAsync(id, context.User, Permission.Quarantine, stop) is not { } thing) return ThingEndpoints.NoSuchThing(id);
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var reason = JsonBody.Members(document!.RootElement, ["reason"], faults).Text("reason", faults)?.Trim() ?? "";
            if (FaultOfReason(reason) is { } fault && faults.IsEmpty) faults.Add("reason", fault);
            if (!faults.IsEmpty) return faults.ToProblem();
            await changes.QuarantineAsync(thing.Id, reason, Caller.From(context.User).Name, stop);
            return TypedResults.Ok(ThingView.Of(things.Find(thing.Id)!));
        }
    }

    /// <summary>A reason is told to peers and people: a sentence, not a book.</summary>
    internal static string? FaultOfReason(string reason) =>
        reason.Length is 0 or > Registry.Quarantine.MaxReason || reason.Any(char.IsControl) ? $"Expected a reason of 1 to {Registry.Quarantine.MaxReason} characters." : null;

    private static async Task<IResult> Release(string id, HttpContext context, VisibleThings visible, ThingChanges changes, ThingDirectory things)
    {
        if (await visible.FindAsync(id, context.User, Permission.Quarantine, context.RequestAborted) is not { } thing) return ThingEndpoints.NoSuchThing(id);
        await changes.QuarantineAsync(thing.Id, null, "", context.RequestAborted);
        return TypedResults.Ok(ThingView.Of(things.Find(thing.Id)!));
    }

    private static async Task<IResult> LetRegister(string id, HttpContext context, VisibleThings visible, ThingChanges changes, RegistrationKeys keys)
    {
        var stop = context.RequestAborted;
        if (await visible.FindAsync(id, context.User, Permission.ChangeThings, stop) is not { } thing) return ThingEndpoints.NoSuchThing(id);
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var text = JsonBody.Members(document!.RootElement, ["key"], faults).Text("key", faults);
            if (!Guid.TryParse(text, out var key) || keys.Find(Caller.From(context.User), key) is null) faults.Add("key", "There is no such registration key.");
            if (!faults.IsEmpty) return faults.ToProblem();
            var result = await changes.LetRegisterAsync(thing.Id, key, stop);
            return result.Outcome == ThingOutcome.Done ? TypedResults.NoContent() : ThingEndpoints.Problem(result);
        }
    }

    private static async Task<IResult> LetNoMore(string id, HttpContext context, VisibleThings visible, ThingChanges changes)
    {
        if (await visible.FindAsync(id, context.User, Permission.ChangeThings, context.RequestAborted) is not { } thing) return ThingEndpoints.NoSuchThing(id);
        await changes.LetRegisterAsync(thing.Id, null, context.RequestAborted);
        return TypedResults.NoContent();
    }
}
