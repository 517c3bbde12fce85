using System.Globalization;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.Options;

namespace Wanwu.Security.Access.Limits;

/// <summary>Bounds what one address and one caller ask over HTTP: before credentials are looked up, who has sent too many wrong ones; behind it, who asks too much.</summary>
internal sealed class RequestLimits(FailedSignIns failures, IOptions<LimitSettings> limits, TimeProvider clock)
{
    private const int BurstSeconds = 10;
    private readonly PacedSources<PeerNetwork> _anonymous = new(limits.Value.AnonymousRequestsPerSecond, BurstSeconds * limits.Value.AnonymousRequestsPerSecond, clock);
    private readonly PacedSources<(CallerKind, string)> _callers = new(limits.Value.CallerRequestsPerSecond, BurstSeconds * limits.Value.CallerRequestsPerSecond, clock);

    /// <summary>Before authentication.</summary>
    public async Task BeforeAsync(HttpContext context, RequestDelegate next)
    {
        var credentials = context.Request.Headers.Authorization.ToString();
        if (credentials.Length == 0)
        {
            await next(context);
            return;
        }
        var address = context.Connection.RemoteIpAddress;
        if (failures.WaitOf(address) is { Ticks: > 0 } wait && !failures.WasRight(address, credentials))
        {
            await RefuseAsync(context, wait, "Too many wrong credentials came from this address.");
            return;
        }
        await next(context);
        if (context.User.Identity?.IsAuthenticated == true) failures.Succeeded(address, credentials);
        else if (context.Response.StatusCode == StatusCodes.Status401Unauthorized) failures.Failed(address);
    }

    /// <summary>Behind authentication.</summary>
    public Task BehindAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<StaticAssetDescriptor>() is not null) return next(context);
        var caller = Caller.Find(context.User);
        var wait = caller is not null ? _callers.Spend((caller.Kind, caller.Id ?? caller.Name))
            : context.Connection.RemoteIpAddress is { } address ? _anonymous.Spend(PeerNetwork.Of(address))
            : TimeSpan.Zero;
        return wait == TimeSpan.Zero ? next(context) : RefuseAsync(context, wait, caller is null ? "Too many requests came from this address." : $"'{caller.Name}' asks more often than one caller may.");
    }

    private static Task RefuseAsync(HttpContext context, TimeSpan wait, string reason)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Problem($"{reason} Try again in {seconds} s.", statusCode: StatusCodes.Status429TooManyRequests).ExecuteAsync(context);
    }
}
