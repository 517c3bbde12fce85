using System.Security.Claims;
using Wanwu.Things;

namespace Wanwu.Security.Access;

internal enum CallerKind : byte
{
    /// <summary>A human being, signed in with name and password.</summary>
    Person,
    /// <summary>A program with an access token.</summary>
    Program,
    /// <summary>A thing with its own credentials.</summary>
    Thing,
    /// <summary>Let in without an account.</summary>
    Anonymous,
}

/// <summary>Who is asking.</summary>
/// <param name="Name">The person's or token's name, or the thing's id.</param>
/// <param name="Thing">The thing that is asking, when one is.</param>
internal sealed record Caller(CallerKind Kind, string Name, ThingId? Thing)
{
    private const string KindClaim = "wanwu:kind", ScopeClaim = "wanwu:scope", TokenClaim = "wanwu:token", CertificateClaim = "wanwu:certificate";

    /// <summary>Who is named where somebody acts on the command line: who may write the server's data, and may therefore do it all. Rules take it as no caller.</summary>
    public const string OfCommandLine = "command line";

    /// <summary>The account's, token's or thing's own id, which outlives a change of name and by which its grants are found; null for nobody in particular.</summary>
    public string? Id { get; init; }

    /// <summary>What the token that was shown narrows its bearer to; <see cref="AccessRules"/> grants nothing beyond.</summary>
    public PermissionSet Scope { get; init; } = PermissionSet.All;

    /// <summary>The id of the token that was shown; null when somebody signed in otherwise.</summary>
    public string? Token { get; init; }

    /// <summary>What the thing showed at the door, by which its connection is asked again; of this process alone.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public Contact.DoorPass? Pass { get; init; }

    /// <summary>Serial of the certificate of the device authority that was shown; null when the thing signed in otherwise.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public string? Certificate { get; init; }

    /// <summary>A device that showed a registration key, and may do nothing but register with it.</summary>
    public static Caller OfNewcomer(string identifier) => new(CallerKind.Anonymous, identifier, null) { Pass = new Contact.DoorPass(Contact.IdentifierDoor.Registering, identifier, 0) };

    public bool IsRegistering => Pass is { Scheme: Contact.IdentifierDoor.Registering };

    /// <summary>Whoever is let in without an account; holds no grant, so every permission is denied it.</summary>
    public static readonly Caller Anonymous = new(CallerKind.Anonymous, "anonymous", null);

    public static Caller OfThing(ThingId thing) => new(CallerKind.Thing, thing.ToString(), thing) { Id = thing.ToString() };

    /// <summary>The caller behind a request; null when nobody signed in.</summary>
    public static Caller? Find(ClaimsPrincipal user)
    {
        if (user.Identity is not { IsAuthenticated: true, Name: { } name }) return null;
        if (!Enum.TryParse<CallerKind>(user.FindFirstValue(KindClaim), out var kind)) return null;
        ThingId? thing = kind == CallerKind.Thing && ThingId.TryParse(name, null, out var id) ? id : null;
        if (kind == CallerKind.Thing && thing is null) return null;
        return new Caller(kind, name, thing)
        {
            Id = user.FindFirstValue(ClaimTypes.NameIdentifier), Token = user.FindFirstValue(TokenClaim), Certificate = user.FindFirstValue(CertificateClaim),
            Scope = user.FindFirstValue(ScopeClaim) is { } scope ? PermissionSet.Read(scope) : PermissionSet.All,
        };
    }

    /// <exception cref="InvalidOperationException">Nobody signed in: the endpoint lacks its permission.</exception>
    public static Caller From(ClaimsPrincipal user) => Find(user) ?? throw new InvalidOperationException("The request has no caller.");

    /// <summary>The claims that say who this is.</summary>
    public IEnumerable<Claim> Claims() =>
        [
            new(ClaimTypes.Name, Name), new(KindClaim, Kind.ToString()),
            .. Id is { } id ? (Claim[])[new(ClaimTypes.NameIdentifier, id)] : [],
            .. Token is { } token ? (Claim[])[new(TokenClaim, token)] : [],
            .. Certificate is { } certificate ? (Claim[])[new(CertificateClaim, certificate)] : [],
            .. Scope.IsAll ? [] : (Claim[])[new(ScopeClaim, Scope.ToString())],
        ];

    public ClaimsPrincipal ToPrincipal(string scheme) => new(new ClaimsIdentity(Claims(), scheme));
}
