using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Wanwu.Security.Access.Contact;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Things and programs: <c>Authorization: Basic …</c> (RFC 7617). People sign in at the console: a password sent with every request is one too many.</summary>
internal sealed class BasicHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, SignIn signIn, IdentifierDoor door, UnknownDevices unknown)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string Name = "Basic";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var header) || !Name.Equals(header.Scheme, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.NoResult();
        if (!TryRead(header.Parameter, out var username, out var password)) return AuthenticateResult.Fail("The credentials are not base64 of name:password.");
        var isToken = password.AsSpan().StartsWith("wanwu_"u8);
        if (!isToken && Keeps(door.RefusesName(username, Context.Connection.RemoteIpAddress))) return AuthenticateResult.Fail(KeptOut!);
        if (!isToken && !ThingId.TryParse(username, null, out _) && !door.IsBound(IdentifierDoor.UserName, username))
            return AuthenticateResult.Fail("Basic is for things and access tokens.");

        var (caller, fault) = await signIn.CheckAsync(username, password, AddressOf(Context), Context.RequestAborted);
        if (fault == SignInFault.Unknown) unknown.Note(new Knock("http", IdentifierDoor.OwnId, username, Context.Connection.RemoteIpAddress, Request.Headers.UserAgent), password);
        if (caller is null) return AuthenticateResult.Fail("The credentials are wrong.");
        if (caller.Kind == CallerKind.Thing && Keeps(door.Refuses(caller, Context.Connection.RemoteIpAddress))) return AuthenticateResult.Fail(KeptOut!);
        return AuthenticateResult.Success(new AuthenticationTicket(caller.ToPrincipal(Name), Name));
    }

    private static readonly object Kept = new();

    /// <summary>Why whoever has proved who it is, or need not, is not let in.</summary>
    private string? KeptOut => Context.Items.TryGetValue(Kept, out var reason) ? reason as string : null;

    private bool Keeps(DoorRefusal? refusal)
    {
        if (refusal is not null) Context.Items[Kept] = refusal.Sentence;
        return refusal is not null;
    }

    /// <summary>The peer's address, by which guessers are told apart.</summary>
    public static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";

    private static bool TryRead(string? parameter, out string username, out byte[] password)
    {
        (username, password) = ("", []);
        if (parameter is null or { Length: > 4_096 }) return false;
        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length)) return false;
        var both = bytes.AsSpan(0, length);
        var colon = both.IndexOf((byte)':');
        if (colon <= 0) return false;
        username = Encoding.UTF8.GetString(both[..colon]);
        password = both[(colon + 1)..].ToArray();
        return true;
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (KeptOut is { } reason) return TypedResults.Problem(reason, statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(Context);
        Response.Headers.WWWAuthenticate = "Basic realm=\"wanwu\", charset=\"UTF-8\"";
        return base.HandleChallengeAsync(properties);
    }
}
