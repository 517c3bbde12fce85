using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Wanwu.Connect.Mqtt;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Http;

/// <summary>Records reports over HTTP that were refused for their credentials, so that the integrator finds them where the other refusals are.</summary>
/// <remarks>Sits before authentication, which answers such requests itself.</remarks>
internal sealed class RefusedSignIns(RefusedConnections refused) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(RecordAsync);
        next(app);
    };

    private async Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.Response.StatusCode != StatusCodes.Status401Unauthorized || !IsReport(context.Request)) return;
        var peer = context.Connection.RemoteIpAddress is { } address ? new IPEndPoint(address, context.Connection.RemotePort) : null;
        var name = UserName(context.Request.Headers.Authorization.ToString());
        var detail = name is null
            ? $"A report to {context.Request.Path} came without valid credentials: a thing signs in with HTTP Basic, its id and password; a program with a bearer token."
            : $"A report to {context.Request.Path} came as '{(name.Length > 64 ? name[..64] + "…" : name)}' with credentials that are not valid. New ones are made on the thing's page.";
        refused.Record("http", RefusalReason.WrongCredentials, detail, name, peer);
    }

    private static bool IsReport(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && request.Path.StartsWithSegments("/api/v1/things", out var rest)
        && (rest.Value!.EndsWith("/report", StringComparison.Ordinal) || rest.Value.Contains("/events/", StringComparison.Ordinal));

    private static string? UserName(string authorization)
    {
        if (!AuthenticationHeaderValue.TryParse(authorization, out var header) || header is not { Scheme: "Basic", Parameter: { } encoded }) return null;
        Span<byte> both = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, both, out var length)) return null;
        var text = Encoding.UTF8.GetString(both[..length]);
        return text.IndexOf(':') is > 0 and var colon ? text[..colon] : null;
    }
}
