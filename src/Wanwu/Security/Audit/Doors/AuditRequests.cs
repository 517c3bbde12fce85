using System.Diagnostics;
using System.Globalization;
using Wanwu.Security.Access;

namespace Wanwu.Security.Audit;

/// <summary>The one place that every request passes: says on whose behalf it runs, and records what its endpoint declares, and every 401 and 403.</summary>
/// <remarks>Behind authentication, before authorisation. A record is on disk before the first byte of the answer is sent.</remarks>
internal sealed class AuditRequests(RequestDelegate next, AuditTrail trail, RefusalGate refusals)
{
    private const int MaxQuery = 500;

    public async Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        var origin = OriginOf(context);
        Origin.Current = origin;
        var action = endpoint?.Metadata.GetMetadata<AuditAction>() ?? Undeclared(context, endpoint);
        var request = new Recording(context, origin, action, endpoint?.Metadata.GetMetadata<NotAudited>() is { IsCounted: true });
        try
        {
            if (action is not null) await trail.ProveWritableAsync();
            // What is written to the client waits for the record.
            context.Response.OnStarting(() => RecordAsync(request));
            await next(context);
            await RecordAsync(request);
        }
        catch (AuditUnavailableException fault) when (!context.Response.HasStarted)
        {
            request.IsDone = true;
            await RefuseAsync(context, fault);
        }
        catch (Exception fault) when (fault is not OperationCanceledException && !request.IsDone && action is not null)
        {
            request.IsDone = true;
            trail.Note(EventOf(request, AuditResult.Failed, fault.GetType().Name));
            throw;
        }
    }

    /// <summary>Whatever leaves as a file is an export, declared or not.</summary>
    private static AuditAction? ExportOf(Recording request) =>
        request.Context.Response.Headers.ContentDisposition.ToString().StartsWith("attachment", StringComparison.Ordinal) ? new AuditAction("data.export") : null;

    private sealed class Recording(HttpContext context, Origin origin, AuditAction? action, bool isExempt)
    {
        public HttpContext Context => context;
        public Origin Origin => origin;
        public AuditAction? Action { get; set; } = action;
        public bool IsExempt => isExempt;
        public bool IsDone { get; set; }
    }

    private static Origin OriginOf(HttpContext context)
    {
        var who = Caller.Find(context.User) is { } caller ? Origin.Of(caller) : Origin.Of(Caller.Anonymous);
        var isApi = context.Request.Path.StartsWithSegments("/api");
        return new Origin(who, isApi ? "api" : "console", BasicHandler.AddressOf(context), Activity.Current?.Id ?? context.TraceIdentifier);
    }

    /// <summary>An endpoint that could change something and says nothing is recorded all the same, under its own route.</summary>
    private static AuditAction? Undeclared(HttpContext context, Endpoint? endpoint)
    {
        var request = context.Request;
        if (endpoint is not RouteEndpoint route || endpoint.Metadata.GetMetadata<NotAudited>() is not null || !request.Path.StartsWithSegments("/api")) return null;
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method) ? null
            : new AuditAction($"api.{request.Method.ToLowerInvariant()} {route.RoutePattern.RawText}");
    }

    private async Task RecordAsync(Recording request)
    {
        if (request.IsDone) return;
        request.IsDone = true;
        var status = request.Context.Response.StatusCode;
        if (status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden)
        {
            if (!request.IsExempt) refusals.Refused(EventOf(request, AuditResult.Refused, ReasonOf(status)));
            return;
        }
        if ((request.Action ?? ExportOf(request)) is not { } action) return;
        request.Action = action;
        var failed = status >= StatusCodes.Status400BadRequest;
        if (!failed && action.IsRecordedWithin) return;
        var happened = EventOf(request, failed ? AuditResult.Failed : AuditResult.Done, failed ? ReasonOf(status) : null);
        if (failed) trail.Note(happened);
        else await trail.AppendAsync(happened);
    }

    private static AuditEvent EventOf(Recording request, AuditResult outcome, string? reason)
    {
        var http = request.Context.Request;
        var detail = new Dictionary<string, string> { ["method"] = http.Method, ["path"] = Short(http.Path.Value ?? "") };
        if (http.QueryString.HasValue) detail["query"] = Short(WithoutValue(http));
        var values = http.RouteValues;
        var id = (values.GetValueOrDefault("id") ?? values.GetValueOrDefault("key") ?? values.GetValueOrDefault("name")) as string;
        return new AuditEvent(request.Action?.Code ?? "access.refuse")
        {
            Outcome = outcome, Reason = reason, Detail = detail,
            Object = request.Action is { } action ? new AuditObject(action.ObjectType, id is null ? null : Short(id)) : null,
            Who = request.Origin.Who, Address = request.Origin.Address, Door = request.Origin.Door, Request = request.Origin.Request,
        };
    }

    /// <summary>What somebody's personal values were looked through for may be one: it would stay here for ever.</summary>
    private static string WithoutValue(HttpRequest http) => !http.Query.ContainsKey("value") ? http.QueryString.Value!
        : QueryString.Create(http.Query.SelectMany(one => one.Value, (one, text) => KeyValuePair.Create(one.Key, one.Key.Equals("value", StringComparison.OrdinalIgnoreCase) ? "•••" : text))).Value!;

    private static string ReasonOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "not signed in, or with wrong credentials (401)",
        StatusCodes.Status403Forbidden => "not allowed (403)",
        _ => $"answered {status.ToString(CultureInfo.InvariantCulture)}",
    };

    private static string Short(string text) => text.Length > MaxQuery ? text[..MaxQuery] + "…" : text;

    private static Task RefuseAsync(HttpContext context, AuditUnavailableException fault)
    {
        context.Response.Clear();
        return TypedResults.Problem(fault.Message, statusCode: StatusCodes.Status503ServiceUnavailable, title: "What is done here has to be recorded, and cannot be.").ExecuteAsync(context);
    }
}
