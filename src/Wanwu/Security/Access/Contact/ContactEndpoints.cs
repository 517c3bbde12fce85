using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary><c>/api/v1/unknown-devices</c>, <c>/bans</c>, <c>/bindings</c> and <c>/registration-keys</c>: who comes to the doors, and as whom it is let in.</summary>
internal static class ContactEndpoints
{
    private const string Json = "application/json";
    private const int MaxLimit = 1_000;

    public static void MapContact(this IEndpointRouteBuilder routes)
    {
        MapUnknown(routes.MapGroup("/api/v1/unknown-devices").WithTags("Devices"));
        MapBans(routes.MapGroup("/api/v1/bans").WithTags("Devices"));
        MapBindings(routes.MapGroup("/api/v1/bindings").WithTags("Devices"));
        MapKeys(routes.MapGroup("/api/v1/registration-keys").WithTags("Devices"));
    }

    private static void MapUnknown(RouteGroupBuilder unknown)
    {
        unknown.MapGet("/", ListUnknown).RequireAuthorization(Permission.AdmitDevices.Policy()).Produces<UnknownListView>().ProducesProblem(400)
            .WithSummary("Lists devices that came to a door and are unknown, the last heard first: all over everything, those with a registration key within one's part.");
        unknown.MapPost("/{id}/admit", Admit).RequireAuthorization(Permission.AdmitDevices.Policy()).Accepts<AdmitDevice>(Json).Produces<AdmittedView>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409)
            .WithSummary("Lets a device in, as a new thing or as one that is there: with the password it showed, or with its registration key.").AuditedWithin("thing.create");
        unknown.MapDelete("/{id}", Forget).RequireAuthorization(Permission.AdmitDevices.Policy()).Produces(204).ProducesProblem(404)
            .WithSummary("Takes a device off the list. It is on it again when it comes again.").Audited("unknownDevice.remove");
    }

    private static void MapBans(RouteGroupBuilder bans)
    {
        bans.MapGet("/", (Bans all) => TypedResults.Ok(new ListView<BanView>([.. all.All.Select(BanView.Of)], null))).RequireAuthorization(Permission.AdmitDevices.PolicyEverywhere())
            .WithSummary("Lists the bans that hold, the newest first.");
        bans.MapPost("/", MakeBan).RequireAuthorization(Permission.AdmitDevices.PolicyEverywhere()).Accepts<MakeBan>(Json).Produces<BanView>(201).ProducesProblem(400)
            .WithSummary("Bans an identifier or a network from every door for devices, at once, open connections included.").AuditedWithin("ban.create");
        bans.MapDelete("/{id}", EndBan).RequireAuthorization(Permission.AdmitDevices.PolicyEverywhere()).Produces(204).ProducesProblem(404).WithSummary("Ends a ban.").AuditedWithin("ban.end");
    }

    private static void MapBindings(RouteGroupBuilder bindings)
    {
        bindings.MapGet("/", ListBindings).RequireAuthorization(Permission.ReadThings.Policy()).Produces<ListView<BindingView>>().ProducesProblem(400).ProducesProblem(404)
            .WithSummary("Lists what identifiers at doors are bound to a thing.");
        bindings.MapPost("/", Bind).RequireAuthorization(Permission.ChangeThings.Policy()).Accepts<MakeBinding>(Json).Produces<BindingView>(201).ProducesProblem(400).ProducesProblem(404)
            .WithSummary("Binds an identifier at a door to a thing, with the secret its protocol carries and the networks it may come from; in place of what the thing has under it.").AuditedWithin("binding.create");
        bindings.MapDelete("/{id}", Unbind).RequireAuthorization(Permission.ChangeThings.Policy()).Produces(204).ProducesProblem(404).WithSummary("Ends a binding, open connections included.").AuditedWithin("binding.remove");
    }

    private static void MapKeys(RouteGroupBuilder keys)
    {
        keys.MapGet("/", (HttpContext context, RegistrationKeys all) => TypedResults.Ok(new ListView<RegistrationKeyView>([.. all.List(Caller.From(context.User)).Select(key => RegistrationKeyView.Of(key))], null)))
            .RequireAuthorization(Permission.ChangeThings.Policy()).WithSummary("Lists the registration keys that hold, the newest first: those that make things within one's part.");
        keys.MapPost("/", MakeKey).RequireAuthorization(Permission.ChangeThings.Policy()).Accepts<MakeRegistrationKey>(Json).Produces<RegistrationKeyView>(201).ProducesProblem(400)
            .WithSummary("Makes a key with which devices of one kind register themselves at first contact.").AuditedWithin("registrationKey.create");
        keys.MapDelete("/{id}", EndKey).RequireAuthorization(Permission.ChangeThings.Policy()).Produces(204).ProducesProblem(404)
            .WithSummary("Ends a registration key; things that were registered with it stay.").AuditedWithin("registrationKey.end");
    }

    private static IResult ListUnknown([FromQuery] string? q, [FromQuery] string? waiting, [FromQuery] string? limit, HttpContext context, UnknownDesk desk, UnknownDevices unknown, ThingDirectory things, AccessRules rules)
    {
        var faults = new FieldFaults();
        var most = 100;
        if (limit is not null && (!int.TryParse(limit, System.Globalization.NumberStyles.None, null, out most) || most is < 1 or > MaxLimit)) faults.Add("limit", $"Expected a number from 1 to {MaxLimit}.");
        if (waiting is not (null or "true" or "false")) faults.Add("waiting", "Expected true or false.");
        if (!faults.IsEmpty) return faults.ToProblem();
        var by = Caller.From(context.User);
        var found = desk.List(by).Where(device => waiting is null || device.IsWaiting == (waiting == "true"))
            .Where(device => q is not { Length: > 0 } || device.Value.Contains(q, StringComparison.OrdinalIgnoreCase) || device.Address.Contains(q, StringComparison.OrdinalIgnoreCase));
        return TypedResults.Ok(new UnknownListView([.. found.Take(most).Select(device => UnknownDeviceView.Of(device, Knows(device, by, things, rules)))], null,
            rules.MayEverywhere(by, Permission.AdmitDevices) ? unknown.PassedOver : 0));
    }

    private static ThingId? Knows(UnknownDevice device, Caller by, ThingDirectory things, AccessRules rules) =>
        things.FindByIdentifier(device.Scheme, device.Value) is { } thing && rules.May(by, Permission.ReadThings, thing) ? thing.Id : null;

    private static async Task<IResult> Admit(string id, HttpContext context, UnknownDesk desk)
    {
        var stop = context.RequestAborted;
        var by = Caller.From(context.User);
        if (!Guid.TryParse(id, out var which) || desk.Find(by, which) is not { } device) return NoSuch("unknown device");
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var body = JsonBody.Members(document!.RootElement, ["thing", "name", "model", "organisation", "region"], faults);
            var wanted = new LetIn(ReadThing(body, "thing", faults), body.Text("name", faults), body.Text("model", faults), body.Text("organisation", faults), body.Text("region", faults));
            if (wanted.Region is { } region && ThingRules.FaultOfRegion(region) is { } fault) faults.Add("region", fault);
            if (wanted.Name is { } name && (name.Length > ThingRules.MaxName || name.Any(char.IsControl))) faults.Add("name", $"At most {ThingRules.MaxName} characters, none of them control characters.");
            if (!faults.IsEmpty) return faults.ToProblem();
            var result = await desk.LetInAsync(by, device, wanted, stop);
            return result.Outcome == ThingOutcome.Done ? TypedResults.Ok(new AdmittedView(result.Id)) : ThingEndpoints.Problem(result);
        }
    }

    private static Results<NoContent, ProblemHttpResult> Forget(string id, HttpContext context, UnknownDesk desk)
    {
        if (!Guid.TryParse(id, out var which) || desk.Find(Caller.From(context.User), which) is not { } device) return NoSuch("unknown device");
        desk.Forget(device);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> MakeBan(HttpContext context, Bans bans, TimeProvider clock)
    {
        var stop = context.RequestAborted;
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var body = JsonBody.Members(document!.RootElement, ["scheme", "identifier", "network", "reason", "expires"], faults);
            var wanted = new NewBan(body.Text("scheme", faults), body.Text("identifier", faults), ReadNetworks(body, "network", faults), body.Text("reason", faults)?.Trim() ?? "", TokenEndpoints.ReadExpires(body.Text("expires", faults), clock, faults));
            if (!faults.IsEmpty) return faults.ToProblem();
            var (id, refused) = await bans.BanAsync(wanted, Caller.From(context.User).Name, stop);
            return refused.IsEmpty ? TypedResults.Created($"/api/v1/bans/{id}", BanView.Of(bans.All.First(ban => ban.Id == id))) : refused.ToProblem();
        }
    }

    private static async Task<IResult> EndBan(string id, HttpContext context, Bans bans) =>
        Guid.TryParse(id, out var which) && await bans.EndAsync(which, Caller.From(context.User).Name, context.RequestAborted) ? TypedResults.NoContent() : NoSuch("ban");

    private static async Task<IResult> ListBindings([FromQuery] string? thing, HttpContext context, VisibleThings visible, Bindings bindings) =>
        await visible.FindAsync(thing ?? "", context.User, Permission.ReadThings, context.RequestAborted) is { } found
            ? TypedResults.Ok(new ListView<BindingView>([.. bindings.Of(found.Id).Select(BindingView.Of)], null)) : ThingEndpoints.NoSuchThing(thing ?? "");

    private static async Task<IResult> Bind(HttpContext context, VisibleThings visible, Bindings bindings)
    {
        var stop = context.RequestAborted;
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var body = JsonBody.Members(document!.RootElement, ["thing", "scheme", "identifier", "secret", "isClear", "networks"], faults);
            var (scheme, identifier, secret) = (body.Text("scheme", faults) ?? "", body.Text("identifier", faults) ?? "", body.Text("secret", faults));
            var (named, isClear, networks) = (body.Text("thing", faults), ReadFlag(body, "isClear", faults), ReadNetworks(body, "networks", faults));
            if (!faults.IsEmpty) return faults.ToProblem();
            if (await visible.FindAsync(named ?? "", context.User, Permission.ChangeThings, stop) is not { } thing) return ThingEndpoints.NoSuchThing(named ?? "");
            var (id, refused) = await bindings.MakeAsync(new NewBinding(thing.Id, scheme, identifier, secret, isClear, networks), Caller.From(context.User).Name, stop);
            return refused.IsEmpty ? TypedResults.Created($"/api/v1/bindings/{id}", BindingView.Of(bindings.Find(id)!)) : refused.ToProblem();
        }
    }

    private static async Task<IResult> Unbind(string id, HttpContext context, VisibleThings visible, Bindings bindings)
    {
        if (!Guid.TryParse(id, out var which) || bindings.Find(which) is not { } binding) return NoSuch("binding");
        if (await visible.FindAsync(binding.Thing.ToString(), context.User, Permission.ChangeThings, context.RequestAborted) is null) return NoSuch("binding");
        return await bindings.RemoveAsync(which, context.RequestAborted) ? TypedResults.NoContent() : NoSuch("binding");
    }

    private static async Task<IResult> MakeKey(HttpContext context, RegistrationKeys keys, TimeProvider clock)
    {
        var stop = context.RequestAborted;
        var by = Caller.From(context.User);
        if (!by.Scope.IsAll) return TokenEndpoints.NarrowedMakesNone();
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var body = JsonBody.Members(document!.RootElement, ["name", "model", "organisation", "region", "gateway", "scheme", "approval", "atMost", "allowed", "networks", "expires"], faults);
            var wanted = new NewRegistrationKey(body.Text("name", faults)?.Trim() ?? "", body.Text("model", faults), body.Text("organisation", faults), body.Text("region", faults), ReadThing(body, "gateway", faults), body.Text("scheme", faults) ?? "custom")
            {
                NeedsApproval = ReadFlag(body, "approval", faults), AtMost = ReadNumber(body, "atMost", faults), Allowed = ReadTexts(body, "allowed", faults), Networks = ReadNetworks(body, "networks", faults),
                Expires = TokenEndpoints.ReadExpires(body.Text("expires", faults), clock, faults),
            };
            if (!faults.IsEmpty) return faults.ToProblem();
            var (id, text, refused) = await keys.MakeAsync(by, wanted, stop);
            if (text is null) return refused.ToProblem();
            context.Response.Headers.CacheControl = "no-store";
            return TypedResults.Created($"/api/v1/registration-keys/{id}", RegistrationKeyView.Of(keys.Find(by, id)!, text));
        }
    }

    private static async Task<IResult> EndKey(string id, HttpContext context, RegistrationKeys keys) =>
        Guid.TryParse(id, out var which) && await keys.EndAsync(Caller.From(context.User), which, context.RequestAborted) ? TypedResults.NoContent() : NoSuch("registration key");

    private static ThingId? ReadThing(Dictionary<string, JsonElement> body, string name, FieldFaults faults)
    {
        if (body.Text(name, faults) is not { } text) return null;
        if (ThingId.TryParse(text, null, out var id)) return id;
        faults.Add(name, "Expected the id of a thing.");
        return null;
    }

    private static Networks? ReadNetworks(Dictionary<string, JsonElement> body, string name, FieldFaults faults)
    {
        if (body.Text(name, faults) is not { } text || string.IsNullOrWhiteSpace(text)) return null;
        if (!Networks.TryParse(text, out var networks, out var fault)) faults.Add(name, fault);
        return networks;
    }

    private static bool ReadFlag(Dictionary<string, JsonElement> body, string name, FieldFaults faults)
    {
        if (!body.TryGetValue(name, out var value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False) return false;
        if (value.ValueKind != JsonValueKind.True) faults.Add(name, "Expected true or false.");
        return value.ValueKind == JsonValueKind.True;
    }

    private static int? ReadNumber(Dictionary<string, JsonElement> body, string name, FieldFaults faults)
    {
        if (!body.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)) return number;
        faults.Add(name, "Expected a whole number.");
        return null;
    }

    private static List<string> ReadTexts(Dictionary<string, JsonElement> body, string name, FieldFaults faults)
    {
        if (!body.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null) return [];
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= RegistrationKeys.MaxPatterns && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(one => one.GetString()!.Trim())];
        faults.Add(name, $"Expected an array of at most {RegistrationKeys.MaxPatterns} texts.");
        return [];
    }

    private static ProblemHttpResult NoSuch(string what) => TypedResults.Problem($"There is no such {what}.", statusCode: StatusCodes.Status404NotFound);
}
