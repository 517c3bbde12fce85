using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Wanwu.Security.Access.Contact;

namespace Wanwu.Security.Certificates;

/// <summary>Things that showed a certificate in the handshake of the HTTP door, and nothing else to say who they are.</summary>
internal sealed class CertificateHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, CertifiedSignIn signIn, IdentifierDoor door)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string Name = "Certificate";

    /// <summary>Whether the request is one for this scheme: to the API, by a connection that showed a certificate, with no other credentials.</summary>
    public static bool IsFor(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/api") && context.Request.Headers.Cookie.Count == 0 && context.Features.Get<ClientCertificate>() is not null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Context.Features.Get<ClientCertificate>() is not { } shown) return AuthenticateResult.NoResult();
        var (caller, reason) = await signIn.CheckAsync(shown, null, Context.RequestAborted);
        if (caller is not null && door.Refuses(caller, Context.Connection.RemoteIpAddress) is { } refusal) (caller, reason) = (null, refusal.Sentence);
        return caller is null
            ? AuthenticateResult.Fail(reason!)
            : AuthenticateResult.Success(new AuthenticationTicket(caller.ToPrincipal(Name), Name));
    }

    /// <summary>TLS has no words for it; the answer has.</summary>
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var tried = await HandleAuthenticateOnceSafeAsync();
        await TypedResults.Problem(tried.Failure?.Message, statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(Context);
    }
}
