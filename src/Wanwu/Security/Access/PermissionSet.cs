using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wanwu.Security.Access;

/// <summary>Some of the <see cref="Permission"/>s: what a token narrows its bearer to, over and above what the bearer may.</summary>
/// <remarks>Written as the names of permissions, separated by spaces, like the scope of OAuth 2. Whoever may do anything to things may know of them: <see cref="Permission.ReadThings"/> is in every set that is not empty.</remarks>
[JsonConverter(typeof(InJson))]
internal readonly record struct PermissionSet
{
    private static readonly Permission[] Known = Enum.GetValues<Permission>();
    private readonly uint _bits;

    private PermissionSet(uint bits) => _bits = bits;

    /// <summary>No narrowing, permissions of later versions included.</summary>
    public static readonly PermissionSet All = new(uint.MaxValue);

    public bool IsAll => _bits == uint.MaxValue;

    public bool IsEmpty => _bits == 0;

    public bool Has(Permission permission) => (_bits & Bit(permission)) != 0;

    public static PermissionSet Of(IEnumerable<Permission> permissions)
    {
        var bits = permissions.Aggregate(0u, (all, permission) => all | Bit(permission));
        return new PermissionSet(bits == 0 ? 0 : bits | Bit(Permission.ReadThings));
    }

    public PermissionSet And(PermissionSet other) => new(_bits & other._bits);

    public bool IsWithin(PermissionSet other) => (_bits & ~other._bits) == 0;

    /// <summary>The names in the text that are permissions; what else there is, is passed over.</summary>
    public static PermissionSet Read(string text) =>
        Of(text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Find).OfType<Permission>());

    /// <summary>The permission of that name, or null.</summary>
    public static Permission? Find(string name)
    {
        foreach (var permission in Known)
            if (permission.Policy() == name) return permission;
        return null;
    }

    public IEnumerable<Permission> Permissions => Known.Where(Has);

    public override string ToString() => string.Join(' ', Permissions.Select(permission => permission.Policy()));

    private static uint Bit(Permission permission) => 1u << (int)permission;

    /// <summary>As its text, or <c>*</c> where nothing is narrowed: whoever is kept in a file for later may then do what it may now.</summary>
    private sealed class InJson : JsonConverter<PermissionSet>
    {
        private const string Everything = "*";

        public override PermissionSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType != JsonTokenType.String
            ? throw new JsonException("A set of permissions is a text.")
            : reader.GetString() is { } text && text != Everything ? PermissionSet.Read(text) : All;

        public override void Write(Utf8JsonWriter writer, PermissionSet value, JsonSerializerOptions options) => writer.WriteStringValue(value.IsAll ? Everything : value.ToString());
    }
}
