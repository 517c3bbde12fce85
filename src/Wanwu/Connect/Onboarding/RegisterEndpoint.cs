using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Wanwu.Registry;
using Wanwu.Security.Access.Contact;
using Wanwu.Security.Audit;

namespace Wanwu.Connect.Onboarding;

/// <summary><c>POST /api/v1/register</c>: first contact over HTTP, with the claimed identifier and a registration key as user name and password.</summary>
internal static class RegisterEndpoint
{
    private const int MostBytes = 16 * 1024;

    public static void MapRegister(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v1/register", RegisterAsync).WithTags("Devices").WithName("Register").AllowAnonymous().WithMetadata(new RequestSizeLimitAttribute(MostBytes)).Accepts<RegisterDevice>(true, "application/json")
            .WithSummary("Registers a device: HTTP Basic with its identifier and a registration key. The answer holds credentials of its own, once; 202: it waits to be let in.")
            .Produces<RegisteredView>(StatusCodes.Status201Created).Produces<ProblemHttpResult>(StatusCodes.Status202Accepted)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(429).AuditedWithin("thing.create");

    private static async Task<IResult> RegisterAsync(HttpContext context, Registrations registrations)
    {
        var stop = context.RequestAborted;
        string? name = null, attempt = null;
        if (context.Request.HasJsonContentType() && context.Request.ContentLength is not 0)
        {
            var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
            using (document)
            {
                if (problem is not null) return problem;
                var faults = new FieldFaults();
                var body = JsonBody.Members(document!.RootElement, ["name", "attempt"], faults);
                (name, attempt) = (body.Text("name", faults), body.Text("attempt", faults));
                if (attempt is not null && AttemptPasswords.FaultOf(attempt) is { } fault) faults.Add("attempt", fault);
                if (!faults.IsEmpty) return faults.ToProblem();
            }
        }
        if (!TryRead(context.Request, out var identifier, out var key)) return Unauthorized(context, "Sign in by HTTP Basic: the device's identifier as the user name, a registration key as the password.");
        var answer = await registrations.RegisterAsync(new RegistrationRequest("http", identifier, key, context.Connection.RemoteIpAddress, name, context.Request.Headers.UserAgent) { Attempt = attempt }, stop);
        context.Response.Headers.CacheControl = "no-store";
        return answer.Outcome switch
        {
            RegistrationOutcome.Done => TypedResults.Created($"/api/v1/things/{answer.Thing}", new RegisteredView(answer.Thing, answer.Thing.ToString(), answer.Password!)),
            RegistrationOutcome.Waits => TypedResults.Problem(answer.Sentence, statusCode: StatusCodes.Status202Accepted, title: "Waiting"),
            RegistrationOutcome.WrongKey => Unauthorized(context, answer.Sentence!),
            RegistrationOutcome.TooMany => TypedResults.Problem(answer.Sentence, statusCode: StatusCodes.Status429TooManyRequests),
            _ => TypedResults.Problem(answer.Sentence, statusCode: StatusCodes.Status403Forbidden),
        };
    }

    private static ProblemHttpResult Unauthorized(HttpContext context, string detail)
    {
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"wanwu registration\", charset=\"UTF-8\"";
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status401Unauthorized);
    }

    private static bool TryRead(HttpRequest request, out string identifier, out byte[] key)
    {
        (identifier, key) = ("", []);
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) || !"Basic".Equals(header.Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        if (header.Parameter is not { Length: <= 4_096 } encoded) return false;
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length)) return false;
        // An identifier may hold colons, a key holds none.
        var both = bytes.AsSpan(0, length);
        var colon = both.LastIndexOf((byte)':');
        if (colon <= 0) return false;
        (identifier, key) = (Encoding.UTF8.GetString(both[..colon]), both[(colon + 1)..].ToArray());
        return true;
    }
}
