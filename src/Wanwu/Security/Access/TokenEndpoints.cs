using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Body of <c>POST /api/v1/tokens</c>.</summary>
/// <param name="Name">Says what the token is for; a person reads it in the list.</param>
/// <param name="Role">viewer, operator, integrator, steward, planner, security-officer, auditor or administrator.</param>
/// <param name="Expires">RFC 3339; null holds until it is revoked.</param>
/// <param name="Organisation">Within which the role will hold; null: whatever the organisation.</param>
/// <param name="Region">Code of GB/T 2260 within which it will hold.</param>
/// <param name="Sector">For whose things it will hold.</param>
internal sealed record CreateToken([Required] string Name, [Required] string Role, Timestamp? Expires, string? Organisation, string? Region, string? Sector);

/// <param name="Permissions">What the caller may do to some thing at least, within the scope of the token that was shown.</param>
internal sealed record MeView(string Kind, string Name, IReadOnlyList<string> Roles, IReadOnlyList<string> Permissions);

internal static class TokenEndpoints
{
    private const int MaxName = AccessTokens.MaxName;

    public static void MapTokens(this IEndpointRouteBuilder routes)
    {
        var tokens = routes.MapGroup("/api/v1/tokens").WithTags("Access").RequireAuthorization(Permission.MakePrograms.Policy());
        tokens.MapGet("/", List).WithSummary("Lists access tokens; never the tokens themselves.");
        tokens.MapPost("/", Create).Accepts<CreateToken>("application/json").WithSummary("Makes an access token and shows it once.").ProducesProblem(400).ProducesProblem(403).AuditedWithin("token.create");
        tokens.MapDelete("/{id}", Revoke).WithSummary("Revokes an access token at once.").ProducesProblem(404).AuditedWithin("token.revoke");
        routes.MapGet("/api/v1/me", Me).WithTags("Access").RequireAuthorization(Permission.ReadThings.Policy()).WithSummary("Says who is asking.");
    }

    private static async Task<Ok<ListView<AccessTokenView>>> List(HttpContext context, AccessTokens tokens, ProgramReach reach, CancellationToken stop) =>
        TypedResults.Ok(new ListView<AccessTokenView>([.. (await tokens.ListAsync(stop)).Where(token => reach.Holds(Caller.From(context.User), token))], null));

    private static async Task<Results<Created<NewAccessToken>, ProblemHttpResult>> Create(HttpContext context, AccessTokens tokens, GrantDesk desk, GrantRules rules, TimeProvider clock, CancellationToken stop)
    {
        if (!Caller.From(context.User).Scope.IsAll) return NarrowedMakesNone();
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var body = JsonBody.Members(document!.RootElement, ["name", "role", "expires", "organisation", "region", "sector"], faults);
            var name = ReadName(body, faults);
            var role = body.Text("role", faults);
            var expires = ReadExpires(body.Text("expires", faults), clock, faults);
            if (role is null || !Role.IsKnown(role)) faults.Add("role", $"Expected one of {string.Join(", ", Role.All)}.");
            var scope = desk.ReadScope(Caller.From(context.User), body.Text("organisation", faults), body.Text("region", faults), body.Text("sector", faults), faults);
            if (!faults.IsEmpty) return faults.ToProblem();
            if (rules.FaultOfMaking(Caller.From(context.User), null, role!, scope) is { } refusal) return TypedResults.Problem(refusal, statusCode: StatusCodes.Status403Forbidden);

            var token = await tokens.CreateAsync(name!, new TokenRole(role!, scope, Caller.From(context.User).Name), expires, stop);
            context.Response.Headers.CacheControl = "no-store";
            return TypedResults.Created($"/api/v1/tokens/{token.Id}", token);
        }
    }

    /// <summary>Whoever holds a narrowed token would make itself a wider one.</summary>
    internal static ProblemHttpResult NarrowedMakesNone() =>
        TypedResults.Problem("A token that is narrowed to a scope makes no credentials.", statusCode: StatusCodes.Status403Forbidden);

    internal static string? ReadName(Dictionary<string, JsonElement> body, FieldFaults faults)
    {
        var name = body.Text("name", faults)?.Trim();
        if (name is null or "" or { Length: > MaxName } || name.Any(char.IsControl)) faults.Add("name", $"Expected 1 to {MaxName} characters that say what it is for.");
        return name;
    }

    internal static Timestamp? ReadExpires(string? text, TimeProvider clock, FieldFaults faults, string member = "expires")
    {
        if (text is null) return null;
        if (Timestamp.TryParse(text, null, out var expires) && expires > Timestamp.Now(clock)) return expires;
        faults.Add(member, "Expected a time in the future, in RFC 3339 with zone, as 2027-01-31T08:00:00Z.");
        return null;
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(string id, HttpContext context, AccessTokens tokens, ProgramReach reach, CancellationToken stop) =>
        Guid.TryParse(id, out var token) && await tokens.FindAsync(token, stop) is { } found && reach.Holds(Caller.From(context.User), found) && await tokens.RevokeAsync(token, stop)
            ? TypedResults.NoContent()
            : TypedResults.Problem("There is no such token.", statusCode: StatusCodes.Status404NotFound);

    private static Ok<MeView> Me(HttpContext context, AccessRules rules)
    {
        var caller = Caller.From(context.User);
        string[] permissions = [.. Enum.GetValues<Permission>().Where(permission => rules.May(caller, permission)).Select(permission => permission.Policy())];
        return TypedResults.Ok(new MeView(caller.Kind.ToString().ToLowerInvariant(), caller.Name, rules.RolesOf(caller), permissions));
    }
}
