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
    private const string KindClaim = "wanwu:kind", ScopeClaim = "wanwu:scope", TokenClaim = "wanwu:token";

    /// <summary>The account's, token's or thing's own id, which outlives a change of name and by which its grants are found; null for nobody in particular.</summary>
    public string? Id { get; init; }

    /// <summary>What the token that was shown narrows its bearer to; <see cref="AccessRules"/> grants nothing beyond.</summary>
    public PermissionSet Scope { get; init; } = PermissionSet.All;

    /// <summary>The id of the token that was shown; null when somebody signed in otherwise.</summary>
    public string? Token { get; init; }

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
            Id = user.FindFirstValue(ClaimTypes.NameIdentifier), Token = user.FindFirstValue(TokenClaim),
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
            .. Scope.IsAll ? [] : (Claim[])[new(ScopeClaim, Scope.ToString())],
        ];

    public ClaimsPrincipal ToPrincipal(string scheme) => new(new ClaimsIdentity(Claims(), scheme));
}
