using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Body of <c>POST /api/v1/tokens</c>.</summary>
/// <param name="Name">Says what the token is for; a person reads it in the list.</param>
/// <param name="Role">viewer, operator, integrator, steward, planner, security-officer, auditor or administrator.</param>
/// <param name="Expires">RFC 3339; null holds until it is revoked.</param>
internal sealed record CreateToken([Required] string Name, [Required] string Role, Timestamp? Expires);

/// <param name="Permissions">What the caller may do to some thing at least.</param>
internal sealed record MeView(string Kind, string Name, IReadOnlyList<string> Roles, IReadOnlyList<string> Permissions);

internal static class TokenEndpoints
{
    private const int MaxName = AccessTokens.MaxName;

    public static void MapTokens(this IEndpointRouteBuilder routes)
    {
        var tokens = routes.MapGroup("/api/v1/tokens").WithTags("Access").RequireAuthorization(Permission.Administer.Policy());
        tokens.MapGet("/", List).WithSummary("Lists access tokens; never the tokens themselves.");
        tokens.MapPost("/", Create).Accepts<CreateToken>("application/json").WithSummary("Makes an access token and shows it once.").ProducesProblem(400).AuditedWithin("token.create");
        tokens.MapDelete("/{id}", Revoke).WithSummary("Revokes an access token at once.").AuditedWithin("token.revoke");
        routes.MapGet("/api/v1/me", Me).WithTags("Access").RequireAuthorization(Permission.ReadThings.Policy()).WithSummary("Says who is asking.");
    }

    private static async Task<Ok<ListView<AccessTokenView>>> List(AccessTokens tokens, CancellationToken stop) =>
        TypedResults.Ok(new ListView<AccessTokenView>(await tokens.ListAsync(stop), null));

    private static async Task<Results<Created<NewAccessToken>, ProblemHttpResult>> Create(HttpContext context, AccessTokens tokens, TimeProvider clock, CancellationToken stop)
    {
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var body = JsonBody.Members(document!.RootElement, ["name", "role", "expires"], faults);
            var name = body.Text("name", faults)?.Trim();
            var role = body.Text("role", faults);
            var expires = ReadExpires(body.Text("expires", faults), clock, faults);
            if (name is null or "" or { Length: > MaxName } || name.Any(char.IsControl)) faults.Add("name", $"Expected 1 to {MaxName} characters that say what the token is for.");
            if (role is null || !Role.IsKnown(role)) faults.Add("role", $"Expected one of {string.Join(", ", Role.All)}.");
            if (!faults.IsEmpty) return faults.ToProblem();

            var token = await tokens.CreateAsync(name!, role!, expires, stop);
            context.Response.Headers.CacheControl = "no-store";
            return TypedResults.Created($"/api/v1/tokens/{token.Id}", token);
        }
    }

    private static Timestamp? ReadExpires(string? text, TimeProvider clock, FieldFaults faults)
    {
        if (text is null) return null;
        if (Timestamp.TryParse(text, null, out var expires) && expires > Timestamp.Now(clock)) return expires;
        faults.Add("expires", "Expected a time in the future, in RFC 3339 with zone, as 2027-01-31T08:00:00Z.");
        return null;
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(string id, AccessTokens tokens, CancellationToken stop) =>
        Guid.TryParse(id, out var token) && await tokens.RevokeAsync(token, stop)
            ? TypedResults.NoContent()
            : TypedResults.Problem("There is no such token.", statusCode: StatusCodes.Status404NotFound);

    private static Ok<MeView> Me(HttpContext context, AccessRules rules)
    {
        var caller = Caller.From(context.User);
        string[] permissions = [.. Enum.GetValues<Permission>().Where(permission => rules.May(caller, permission)).Select(permission => permission.Policy())];
        return TypedResults.Ok(new MeView(caller.Kind.ToString().ToLowerInvariant(), caller.Name, caller.Roles, permissions));
    }
}
