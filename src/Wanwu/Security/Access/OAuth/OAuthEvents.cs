using OpenIddict.Abstractions;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Wanwu.Security.Access.OAuth;

/// <summary>Where this house steps into OpenIddict's own course.</summary>
internal static class OAuthEvents
{
    public static void Add(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ValidateTokenContext>(handler => handler.UseInlineHandler(Uncover).SetOrder(int.MinValue + 50_000));
        server.AddEventHandler<ValidateAuthorizationRequestContext>(handler => handler.UseInlineHandler(AskForAddress).SetOrder(int.MinValue + 50_000));
        server.AddEventHandler<ProcessSignInContext>(handler => handler.UseInlineHandler(MarkAccess).SetOrder(OpenIddict.Server.OpenIddictServerHandlers.AttachTokenDigests.Descriptor.Order - 1));
        server.AddEventHandler<ApplyTokenResponseContext>(handler => handler.UseInlineHandler(Mark).SetOrder(int.MinValue + 50_000));
        server.AddEventHandler<ExtractTokenRequestContext>(handler => handler.UseSingletonHandler<OAuthRecords>().SetOrder(int.MaxValue));
        server.AddEventHandler<ApplyTokenResponseContext>(handler => handler.UseSingletonHandler<OAuthRecords>().SetOrder(int.MinValue + 60_000));
        server.AddEventHandler<ApplyAuthorizationResponseContext>(handler => handler.UseSingletonHandler<OAuthRecords>().SetOrder(int.MinValue + 60_000));
        server.AddEventHandler<ApplyRevocationResponseContext>(handler => handler.UseSingletonHandler<OAuthRecords>().SetOrder(int.MinValue + 60_000));
        server.AddEventHandler<ApplyIntrospectionResponseContext>(handler => handler.UseSingletonHandler<OAuthRecords>().SetOrder(int.MinValue + 60_000));
    }

    /// <summary>Takes the mark off what a program shows: OpenIddict knows the token without.</summary>
    private static ValueTask Uncover(ValidateTokenContext context)
    {
        if (context.Token is { } token && (token.StartsWith(OAuthTokens.AccessPrefix, StringComparison.Ordinal) || token.StartsWith(OAuthTokens.RefreshPrefix, StringComparison.Ordinal)))
            context.Token = token[OAuthTokens.AccessPrefix.Length..];
        return default;
    }

    /// <summary>Where a person is sent back to is said and compared, not guessed from there being only one.</summary>
    private static ValueTask AskForAddress(ValidateAuthorizationRequestContext context)
    {
        if (string.IsNullOrEmpty(context.Request.RedirectUri)) context.Reject(OpenIddictConstants.Errors.InvalidRequest, "The redirect_uri is missing.");
        return default;
    }

    /// <summary>Before an identity token says by its digest with which access token it came.</summary>
    private static ValueTask MarkAccess(ProcessSignInContext context)
    {
        if (context.AccessToken is { } access) context.AccessToken = OAuthTokens.AccessPrefix + access;
        return default;
    }

    private static ValueTask Mark(ApplyTokenResponseContext context)
    {
        if (context.Response.RefreshToken is { } refresh) context.Response.RefreshToken = OAuthTokens.RefreshPrefix + refresh;
        return default;
    }
}
