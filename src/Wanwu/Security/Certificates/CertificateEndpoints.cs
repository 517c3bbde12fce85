using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;

namespace Wanwu.Security.Certificates;

/// <summary>Body of <c>POST /api/v1/things/{id}/certificates</c>.</summary>
/// <param name="Csr">A request for a certificate (PKCS#10) in PEM form.</param>
/// <param name="Days">How long it is to hold; null: as the settings say.</param>
internal sealed record IssueCertificate(string Csr, int? Days);

/// <summary>Body of <c>POST /api/v1/me/certificates</c>.</summary>
internal sealed record RenewCertificate(string Csr);

/// <summary>The certificates of a thing, and what is public of the authority that issues them.</summary>
internal static class CertificateEndpoints
{
    private const string Json = "application/json", Pem = "application/x-pem-file", List = "application/pkix-crl";

    public static void MapCertificates(this IEndpointRouteBuilder routes)
    {
        var certificates = routes.MapGroup("/api/v1/things/{id}/certificates").WithTags("Certificates");
        certificates.MapGet("/", ListAsync).RequireAuthorization(Permission.ReadThings.Policy()).WithSummary("Lists a thing's certificates, newest first.");
        certificates.MapPost("/", IssueAsync).RequireAuthorization(Permission.ChangeThings.Policy()).Accepts<IssueCertificate>(Json)
            .WithSummary("Issues a certificate for a thing from a request (PKCS#10).").ProducesProblem(400).ProducesProblem(409).ProducesProblem(503).AuditedWithin("certificate.create");
        certificates.MapDelete("/{serial}", RevokeAsync).RequireAuthorization(Permission.ChangeThings.Policy())
            .WithSummary("Revokes a certificate at once, and those that were renewed by it.").ProducesProblem(400).AuditedWithin("certificate.revoke");
        routes.MapPost("/api/v1/me/certificates", RenewAsync).WithTags("Certificates").RequireAuthorization(Permission.Report.Policy()).Accepts<RenewCertificate>(Json)
            .WithSummary("A thing asks for its own next certificate.").ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(429).ProducesProblem(503).AuditedWithin("certificate.create");
        routes.MapGet("/api/v1/device-ca", Authority).WithTags("Certificates").AllowAnonymous().WithSummary("The certificate of the authority that issues those of things.").ProducesProblem(404);
        routes.MapGet("/api/v1/device-ca/crl", RevokedAsync).WithTags("Certificates").AllowAnonymous().WithSummary("The signed list of revoked certificates (RFC 5280).").ProducesProblem(404).ProducesProblem(503);
    }

    private static async Task<Results<Ok<ListView<CertificateView>>, ProblemHttpResult>> ListAsync(
        string id, HttpContext context, VisibleThings visible, DeviceCertificates certificates, CancellationToken stop) =>
        await visible.FindAsync(id, context.User, Permission.ReadThings, stop) is { } thing
            ? TypedResults.Ok(new ListView<CertificateView>(await certificates.ListAsync(thing.Id, stop), null))
            : ThingEndpoints.NoSuchThing(id);

    private static async Task<IResult> IssueAsync(string id, HttpContext context, VisibleThings visible, DeviceCertificates certificates, Microsoft.Extensions.Options.IOptions<CertificateOptions> options, CancellationToken stop)
    {
        if (await visible.FindAsync(id, context.User, Permission.ChangeThings, stop) is not { } thing) return ThingEndpoints.NoSuchThing(id);
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var body = JsonBody.Members(document!.RootElement, ["csr", "days"], faults);
            var days = ReadDays(body, options.Value.MaxDays, faults);
            var fault = SigningRequest.TryRead(body.Text("csr", faults) ?? "", thing.Id, out var request);
            if (fault != RequestFault.None) faults.Add("csr", SigningRequest.Sentence(fault));
            if (!faults.IsEmpty) return Refused(faults, fault);
            var (outcome, issued) = await certificates.IssueAsync(new CertificateOrder(thing.Id, request!, days), stop);
            return issued is not null
                ? TypedResults.Created($"/api/v1/things/{thing.Id}/certificates/{issued.Serial}", issued)
                : Problem(CertificateRenewals.NameOf(outcome), CertificateRenewals.Sentence(outcome), CertificateRenewals.StatusOf(outcome));
        }
    }

    private static ProblemHttpResult Refused(FieldFaults faults, RequestFault fault)
    {
        var problem = faults.ToProblem();
        if (fault != RequestFault.None) problem.ProblemDetails.Extensions["fault"] = SigningRequest.NameOf(fault);
        return problem;
    }

    private static int? ReadDays(Dictionary<string, JsonElement> body, int most, FieldFaults faults)
    {
        if (!body.TryGetValue("days", out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var days) && days >= 1 && days <= most) return days;
        faults.Add("days", string.Create(CultureInfo.InvariantCulture, $"Expected a whole number from 1 to {most}."));
        return null;
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(
        string id, string serial, string? reason, HttpContext context, VisibleThings visible, DeviceCertificates certificates, CancellationToken stop)
    {
        if (await visible.FindAsync(id, context.User, Permission.ChangeThings, stop) is not { } thing) return ThingEndpoints.NoSuchThing(id);
        if (reason is not null && !RevocationReasons.All.Contains(reason))
            return TypedResults.Problem($"Expected as reason one of {string.Join(", ", RevocationReasons.All)}.", statusCode: StatusCodes.Status400BadRequest);
        return await certificates.RevokeAsync(thing.Id, serial, reason ?? RevocationReasons.Unspecified, stop)
            ? TypedResults.NoContent()
            : TypedResults.Problem("The thing has no such certificate.", statusCode: StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> RenewAsync(HttpContext context, CertificateRenewals renewals, CancellationToken stop)
    {
        var (document, problem) = await JsonBody.ReadAsync(context.Request, stop);
        using (document)
        {
            if (problem is not null) return problem;
            var faults = new FieldFaults();
            var csr = JsonBody.Members(document!.RootElement, ["csr"], faults).Text("csr", faults);
            if (!faults.IsEmpty) return faults.ToProblem();
            var renewal = await renewals.RenewAsync(Caller.From(context.User), csr ?? "", stop);
            if (renewal.Status == StatusCodes.Status429TooManyRequests) context.Response.Headers.RetryAfter = "3600";
            return renewal.Issued is { } issued ? TypedResults.Json(issued, statusCode: StatusCodes.Status201Created) : Problem(renewal.Fault!, renewal.Detail!, renewal.Status);
        }
    }

    private static ProblemHttpResult Problem(string fault, string detail, int status) => TypedResults.Problem(detail, statusCode: status, extensions: [new("fault", fault)]);

    private static Results<ContentHttpResult, ProblemHttpResult> Authority(DeviceAuthority authority) =>
        authority.Find() is { } certificate ? TypedResults.Text(certificate.ExportCertificatePem() + "\n", Pem) : None();

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> RevokedAsync(DeviceCertificates certificates, CancellationToken stop)
    {
        try
        {
            return await certificates.ListRevokedAsync(stop) is { } list ? TypedResults.Bytes(list, List) : None();
        }
        catch (AuthorityUnavailableException)
        {
            return Problem("unavailable", CertificateRenewals.Sentence(IssueOutcome.Unavailable), StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static ProblemHttpResult None() =>
        TypedResults.Problem("There is no device authority yet: it is made with the first certificate that is issued.", statusCode: StatusCodes.Status404NotFound);
}
