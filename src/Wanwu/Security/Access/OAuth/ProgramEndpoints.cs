using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Audit;

namespace Wanwu.Security.Access.OAuth;

/// <summary>Body of <c>POST /api/v1/programs</c>.</summary>
/// <param name="Public">True for a program that can keep no secret; it signs people in with PKCE alone.</param>
/// <param name="RedirectUris">https addresses, or http on 127.0.0.1, [::1] or localhost; compared letter by letter.</param>
/// <param name="Scope">Names of permissions, or of roles for all that the role may: what the program may ask for at most.</param>
/// <param name="Roles">What it is granted to do for itself; none when it only acts for people, or gets its grants later.</param>
/// <param name="Organisation">Id of the organisation over which its roles hold; null: over everything.</param>
internal sealed record CreateProgram(string Name, bool? Public, IReadOnlyList<string>? RedirectUris, IReadOnlyList<string> Scope, IReadOnlyList<string>? Roles, string? Organisation);

/// <summary>Body of <c>POST /api/v1/programs/{id}/secret</c>; may be left out.</summary>
/// <param name="OverlapHours">Hours for which the present secret goes on working, 0 to 720.</param>
internal sealed record RotateSecret(int? OverlapHours);

internal static class ProgramEndpoints
{
    public static void MapPrograms(this IEndpointRouteBuilder routes)
    {
        var programs = routes.MapGroup("/api/v1/programs").WithTags("Access").RequireAuthorization(Permission.MakePrograms.Policy());
        programs.AddEndpointFilter(KeepToReachAsync);
        programs.MapGet("/", List).WithSummary("Lists the programs that may sign in by OAuth.");
        programs.MapGet("/{id}", Get).WithSummary("One program.").ProducesProblem(404);
        programs.MapPost("/", Create).Accepts<CreateProgram>("application/json").WithSummary("Registers a program and shows its secret once.").ProducesProblem(400).AuditedWithin("program.create");
        programs.MapPut("/{id}", Change).Accepts<CreateProgram>("application/json").WithSummary("Replaces what is said of a program.").ProducesProblem(400).ProducesProblem(404).AuditedWithin("program.change");
        programs.MapPost("/{id}/secret", Rotate).Accepts<RotateSecret>("application/json").WithSummary("Makes a new secret and shows it once; the present one works on for a while.").ProducesProblem(404).AuditedWithin("program.change");
        programs.MapPost("/{id}/disable", Disable).WithSummary("Takes nothing of a program any more.").ProducesProblem(404).AuditedWithin("program.change");
        programs.MapPost("/{id}/enable", Enable).WithSummary("Takes a disabled program again.").ProducesProblem(404).AuditedWithin("program.change");
        programs.MapDelete("/{id}", Remove).WithSummary("Removes a program and ends all its tokens.").ProducesProblem(404).AuditedWithin("program.remove");
    }

    private static async Task<Ok<ListView<ProgramView>>> List(HttpContext context, Programs programs, ProgramReach reach, CancellationToken stop) =>
        TypedResults.Ok(new ListView<ProgramView>([.. (await programs.ListAsync(stop)).Where(program => reach.Sees(Caller.From(context.User), program))], null));

    private static async Task<Results<Ok<ProgramView>, ProblemHttpResult>> Get(string id, HttpContext context, Programs programs, ProgramReach reach, CancellationToken stop) =>
        Guid.TryParse(id, out var key) && await programs.FindAsync(key, stop) is { } program && reach.Sees(Caller.From(context.User), program) ? TypedResults.Ok(program) : Unknown();

    private static async Task<Results<Created<NewProgram>, ProblemHttpResult>> Create(HttpContext context, Programs programs, GrantRules grants, ThingDirectory things, CancellationToken stop)
    {
        var caller = Caller.From(context.User);
        if (!caller.Scope.IsAll) return TokenEndpoints.NarrowedMakesNone();
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var terms = ProgramRules.Read(document!.RootElement, faults);
            foreach (var (member, fault) in ProgramRules.FaultsOf(terms, caller, grants, things)) faults.Add(member, fault);
            if (!faults.IsEmpty) return faults.ToProblem();
            var made = await programs.CreateAsync(terms, caller.Name, stop);
            context.Response.Headers.CacheControl = "no-store";
            return TypedResults.Created($"/api/v1/programs/{made.Program.ClientId}", made);
        }
    }

    private static async Task<Results<Ok<ProgramView>, ProblemHttpResult>> Change(string id, HttpContext context, Programs programs, GrantRules grants, ThingDirectory things, CancellationToken stop)
    {
        var caller = Caller.From(context.User);
        if (!caller.Scope.IsAll) return TokenEndpoints.NarrowedMakesNone();
        if (!Guid.TryParse(id, out var key) || await programs.FindAsync(key, stop) is not { } known) return Unknown();
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var terms = ProgramRules.Read(document!.RootElement, faults, known.Public);
            foreach (var (member, fault) in ProgramRules.FaultsOf(terms, caller, grants, things)) faults.Add(member, fault);
            if (!faults.IsEmpty) return faults.ToProblem();
            return await programs.ChangeAsync(key, terms, stop) is { } program ? TypedResults.Ok(program) : Unknown();
        }
    }

    private static async Task<Results<Ok<NewProgram>, ProblemHttpResult>> Rotate(string id, HttpContext context, Programs programs, IOptions<OAuthOptions> options, CancellationToken stop)
    {
        if (!Caller.From(context.User).Scope.IsAll) return TokenEndpoints.NarrowedMakesNone();
        var (overlap, problem) = context.Request.HasJsonContentType() ? await ReadOverlapAsync(context.Request, stop) : (null, null);
        if (problem is not null) return problem;
        context.Response.Headers.CacheControl = "no-store";
        return Guid.TryParse(id, out var key) && await programs.RotateAsync(key, TimeSpan.FromHours(overlap ?? options.Value.SecretOverlapHours), stop) is { } made
            ? TypedResults.Ok(made)
            : TypedResults.Problem("There is no such program, or it is public and has no secret.", statusCode: StatusCodes.Status404NotFound);
    }

    private static async Task<(int? Hours, ProblemHttpResult? Problem)> ReadOverlapAsync(HttpRequest request, CancellationToken stop)
    {
        var (document, problem) = await JsonBody.ReadAsync(request, stop);
        using (document)
        {
            if (problem is not null) return (null, problem);
            var faults = new FieldFaults();
            var body = JsonBody.Members(document!.RootElement, ["overlapHours"], faults);
            int? hours = null;
            if (body.TryGetValue("overlapHours", out var value) && value.ValueKind != JsonValueKind.Null)
            {
                if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number is >= 0 and <= 720) hours = number;
                else faults.Add("overlapHours", "Expected a whole number from 0 to 720.");
            }
            return faults.IsEmpty ? (hours, null) : (null, faults.ToProblem());
        }
    }

    private static Task<Results<Ok<ProgramView>, ProblemHttpResult>> Disable(string id, Programs programs, CancellationToken stop) => SetDisabled(id, true, programs, stop);

    private static Task<Results<Ok<ProgramView>, ProblemHttpResult>> Enable(string id, Programs programs, CancellationToken stop) => SetDisabled(id, false, programs, stop);

    private static async Task<Results<Ok<ProgramView>, ProblemHttpResult>> SetDisabled(string id, bool isDisabled, Programs programs, CancellationToken stop) =>
        Guid.TryParse(id, out var key) && await programs.DisableAsync(key, isDisabled, stop) is { } program ? TypedResults.Ok(program) : Unknown();

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string id, Programs programs, CancellationToken stop) =>
        Guid.TryParse(id, out var key) && await programs.RemoveAsync(key, stop) ? TypedResults.NoContent() : Unknown();

    /// <summary>What is done to one program is done by who looks after it, and after all that it holds.</summary>
    private static async ValueTask<object?> KeepToReachAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var context = call.HttpContext;
        if (HttpMethods.IsGet(context.Request.Method) || context.GetRouteValue("id") is not string id) return await next(call);
        var (reach, caller) = (context.RequestServices.GetRequiredService<ProgramReach>(), Caller.From(context.User));
        if (!Guid.TryParse(id, out var key) || await context.RequestServices.GetRequiredService<Programs>().FindAsync(key, context.RequestAborted) is not { } program || !reach.Sees(caller, program)) return Unknown();
        return reach.Holds(caller, program) ? await next(call)
            : TypedResults.Problem("The program holds more than you administer: only who administers all of it may change it.", statusCode: StatusCodes.Status403Forbidden);
    }

    private static ProblemHttpResult Unknown() => TypedResults.Problem("There is no such program.", statusCode: StatusCodes.Status404NotFound);
}
