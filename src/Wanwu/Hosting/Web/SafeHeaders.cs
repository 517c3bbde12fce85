using Microsoft.Extensions.Options;
using Scalar.AspNetCore;

namespace Wanwu.Hosting.Web;

/// <summary>What every answer tells the browser about how far to trust it: pages, files, API, faults and refusals alike.</summary>
/// <remarks>Set when the answer starts, after everything else: a fault clears what was set before it.</remarks>
internal static class SafeHeaders
{
    /// <summary>Scripts, styles and connections (with <c>ws</c> and <c>wss</c>) only from this server; nobody may frame it. Style attributes stay, as components and charts place things by them.</summary>
    private const string Pages = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
        + "worker-src 'self' blob:; manifest-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>What is no page runs nothing at all, should somebody open it as one.</summary>
    private const string Data = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

    private const string Unused = "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()";

    private static readonly PathString ApiPage = "/api", Api = "/api/v1";

    public static void UseSafeHeaders(this WebApplication app)
    {
        var days = app.Services.GetRequiredService<IOptions<Options.HttpOptions>>().Value.StrictTransportDays;
        var strict = days == 0 ? null : $"max-age={(int)TimeSpan.FromDays(days).TotalSeconds}";
        app.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = PolicyOf(context);
            context.Response.OnStarting(() =>
            {
                Set(context, strict);
                return Task.CompletedTask;
            });
            return next(context);
        });
    }

    private static void Set(HttpContext context, string? strict)
    {
        var headers = context.Response.Headers;
        // The consent page lets its form lead on to the program that it has checked.
        if (headers.ContentSecurityPolicy.Count != 1 || context.Items.ContainsKey(ScalarOptions.NonceHttpContextItemKey)) headers.ContentSecurityPolicy = PolicyOf(context);
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = Unused;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (strict is not null && context.Request.IsHttps) headers.StrictTransportSecurity = strict;
        // Files of the console say themselves how long they hold; everything else is for this asker, now.
        if (headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
    }

    private static string PolicyOf(HttpContext context)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments(Api)) return Data;
        // The API's own browser writes one script into its page, with a number used once, and its styles.
        if (path.StartsWithSegments(ApiPage))
            return Pages.Replace("script-src 'self'", context.Items[ScalarOptions.NonceHttpContextItemKey] is string once ? $"script-src 'self' 'nonce-{once}'" : "script-src 'self'", StringComparison.Ordinal)
                .Replace("style-src 'self'; style-src-attr 'unsafe-inline'", "style-src 'self' 'unsafe-inline'", StringComparison.Ordinal);
        return Pages;
    }
}
