using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Security.Access.OAuth;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Body of <c>POST /api/v1/me/tokens</c>.</summary>
/// <param name="Name">Says what the token is for.</param>
/// <param name="Scope">Names of permissions, as GET /api/v1/me lists them, or of roles for all that the role may; the token never grants more than its owner may when it is used.</param>
/// <param name="Expires">RFC 3339; null and everything later is as long as the server allows.</param>
internal sealed record CreateOwnToken([Required] string Name, [Required] IReadOnlyList<string> Scope, Timestamp? Expires);

/// <summary>The tokens that a person makes for programs of their own.</summary>
internal static class OwnTokenEndpoints
{
    public static void MapOwnTokens(this IEndpointRouteBuilder routes)
    {
        var tokens = routes.MapGroup("/api/v1/me/tokens").WithTags("Access").RequireAuthorization(Permission.ReadThings.Policy()).ProducesProblem(403);
        tokens.MapGet("/", List).WithSummary("Lists one's own tokens; never the tokens themselves.");
        tokens.MapPost("/", Create).Accepts<CreateOwnToken>("application/json").WithSummary("Makes a token of one's own and shows it once.").ProducesProblem(400).ProducesProblem(409).AuditedWithin("token.create");
        var programs = routes.MapGroup("/api/v1/me/programs").WithTags("Access").RequireAuthorization(Permission.ReadThings.Policy()).ProducesProblem(403);
        programs.MapGet("/", Programs).WithSummary("Lists the programs that one has let act in one's name.");
        programs.MapDelete("/{id}", Withdraw).WithSummary("Takes back what one has let a program do; its tokens end at once.").ProducesProblem(404).AuditedWithin("program.revoke");
        tokens.MapDelete("/{id}", Revoke).WithSummary("Revokes one of one's own tokens at once.").ProducesProblem(404).AuditedWithin("token.revoke");
    }

    private static async Task<Results<Ok<ListView<AccessTokenView>>, ProblemHttpResult>> List(HttpContext context, AccessTokens tokens, CancellationToken stop) =>
        OwnerOf(context) is { } owner
            ? TypedResults.Ok(new ListView<AccessTokenView>(await tokens.ListAsync(stop, owner), null))
            : OnlyPeople();

    private static async Task<Results<Created<NewAccessToken>, ProblemHttpResult>> Create(
        HttpContext context, AccessTokens tokens, IOptions<TokenOptions> options, TimeProvider clock, CancellationToken stop)
    {
        if (OwnerOf(context) is not { } owner) return OnlyPeople();
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var body = JsonBody.Members(document!.RootElement, ["name", "scope", "expires"], faults);
            var name = TokenEndpoints.ReadName(body, faults);
            var scope = ReadScope(body, faults);
            var expires = TokenEndpoints.ReadExpires(body.Text("expires", faults), clock, faults);
            if (!faults.IsEmpty) return faults.ToProblem();

            if (await tokens.CreateOwnAsync(owner, name!, scope, options.Value.EndOf(expires, clock), stop) is not { } token)
                return TypedResults.Problem($"One person has {AccessTokens.MostOwn} tokens at most. Revoke one that is no longer needed.", statusCode: StatusCodes.Status409Conflict);
            context.Response.Headers.CacheControl = "no-store";
            return TypedResults.Created($"/api/v1/me/tokens/{token.Id}", token);
        }
    }

    private static async Task<Results<Ok<ListView<OwnProgram>>, ProblemHttpResult>> Programs(HttpContext context, OwnPrograms programs, CancellationToken stop) =>
        OwnerOf(context) is { } owner ? TypedResults.Ok(new ListView<OwnProgram>(await programs.ListAsync(owner, stop), null)) : OnlyPeople();

    private static async Task<Results<NoContent, ProblemHttpResult>> Withdraw(string id, HttpContext context, OwnPrograms programs, CancellationToken stop) =>
        OwnerOf(context) is not { } owner ? OnlyPeople()
        : await programs.WithdrawAsync(owner, id, stop) ? TypedResults.NoContent()
        : TypedResults.Problem("You have let no such program do anything.", statusCode: StatusCodes.Status404NotFound);

    internal static PermissionSet ReadScope(Dictionary<string, JsonElement> body, FieldFaults faults)
    {
        List<Permission> permissions = [];
        if (!body.TryGetValue("scope", out var list) || list.ValueKind != JsonValueKind.Array) faults.Add("scope", "Expected a list of permissions, as GET /api/v1/me names them, or of roles.");
        else
            foreach (var (index, element) in list.EnumerateArray().Index())
            {
                var text = element.ValueKind == JsonValueKind.String ? element.GetString()! : "";
                if (PermissionSet.Find(text) is { } permission) permissions.Add(permission);
                else if (Role.IsKnown(text)) permissions.AddRange(Enum.GetValues<Permission>().Where(each => Role.Grants(text, each)));
                else faults.Add($"scope[{index}]", $"Expected one of {string.Join(", ", Enum.GetValues<Permission>().Select(each => each.Policy()))}, or a role.");
            }
        var scope = PermissionSet.Of(permissions);
        if (scope.IsEmpty && faults.IsEmpty) faults.Add("scope", "A token without any permission is good for nothing.");
        return scope;
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(string id, HttpContext context, AccessTokens tokens, CancellationToken stop)
    {
        if (OwnerOf(context) is not { } owner) return OnlyPeople();
        return Guid.TryParse(id, out var token) && await tokens.RevokeAsync(token, stop, owner)
            ? TypedResults.NoContent()
            : TypedResults.Problem("There is no such token.", statusCode: StatusCodes.Status404NotFound);
    }

    /// <summary>The person who signed in; null for a program and for a token: a token that makes tokens would outlive its own end.</summary>
    private static Guid? OwnerOf(HttpContext context) =>
        Caller.From(context.User) is { Kind: CallerKind.Person, Token: null, Id: { } id } && Guid.TryParse(id, out var person) ? person : null;

    private static ProblemHttpResult OnlyPeople() =>
        TypedResults.Problem("Own tokens are for people who are signed in. A token makes and revokes none.", statusCode: StatusCodes.Status403Forbidden);
}
