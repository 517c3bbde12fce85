using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing.Template;

namespace Wanwu.Hosting;

/// <summary>Says what to do about an answer that routing makes before any endpoint is asked: to a body of a type that none takes.</summary>
internal static class PlainFaults
{
    public static void Explain(ProblemDetailsContext context)
    {
        if (context.ProblemDetails is { Detail: null, Status: StatusCodes.Status415UnsupportedMediaType }) context.ProblemDetails.Detail = Types(context.HttpContext);
    }

    private static string? Types(HttpContext http)
    {
        var offered = http.RequestServices.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Where(endpoint => IsMeant(endpoint, http.Request))
            .SelectMany(endpoint => endpoint.Metadata.GetOrderedMetadata<IAcceptsMetadata>()).SelectMany(accepts => accepts.ContentTypes).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var given = http.Request.ContentType is { Length: > 0 } type ? $"A body of the type '{(type.Length > 100 ? type[..100] : type)}' is not taken here" : "The body has no type";
        return offered.Count == 0 ? null : $"{given}: send Content-Type: {string.Join(", ", offered.SkipLast(1))}{(offered.Count > 1 ? " or " : "")}{offered[^1]}.";
    }

    private static bool IsMeant(RouteEndpoint endpoint, HttpRequest request) =>
        endpoint.RoutePattern.RawText is { } pattern && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(request.Method, StringComparer.OrdinalIgnoreCase) == true
        && new TemplateMatcher(TemplateParser.Parse(pattern.TrimStart('/')), []).TryMatch(request.Path, []);
}
