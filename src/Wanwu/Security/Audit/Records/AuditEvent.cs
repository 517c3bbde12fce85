using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Wanwu.Things;

namespace Wanwu.Security.Audit;

[JsonConverter(typeof(JsonStringEnumConverter<AuditResult>))]
internal enum AuditResult : byte
{
    [JsonStringEnumMemberName("done")] Done,
    /// <summary>Not allowed: wrong credentials, missing right, too many tries.</summary>
    [JsonStringEnumMemberName("refused")] Refused,
    /// <summary>Allowed, but it did not come about.</summary>
    [JsonStringEnumMemberName("failed")] Failed,
}

/// <param name="Kind">person, program, thing, command, anonymous or server.</param>
/// <param name="Id">The account's, token's or thing's id, where there is one.</param>
internal sealed record Actor(string Kind, string? Id, string Name)
{
    public static readonly Actor Server = new("server", null, "server");
}

/// <param name="Type">What kind of object: thing, model, token, …</param>
internal sealed record AuditObject(string Type, string? Id, string? Name = null);

/// <summary>One field before and after; null where there was or is nothing.</summary>
internal sealed record FieldChange(string? Before, string? After);

/// <summary>A row whose content lies in rows of its own, its versions: it says itself which of its fields change.</summary>
internal interface IToldByVersions
{
    /// <param name="isNew">Whether a version is made by the change under way.</param>
    /// <param name="isChanged">Whether one that was there is.</param>
    IEnumerable<KeyValuePair<string, FieldChange>> Told(Func<object, bool> isNew, Func<object, bool> isChanged);
}

/// <summary>Who did what, when, from where, and what came of it. Never a secret.</summary>
/// <param name="Action">A code as <c>thing.change</c>; the part before the dot is the object's type or the room.</param>
internal sealed record AuditEvent(string Action)
{
    [JsonPropertyName("result")] public AuditResult Outcome { get; init; }
    /// <summary>Why it was refused or failed.</summary>
    public string? Reason { get; init; }
    public Actor? Who { get; init; }
    /// <summary>The peer's address.</summary>
    public string? Address { get; init; }
    /// <summary>Where it came in: api, console, mqtt, command line, server.</summary>
    public string? Door { get; init; }
    /// <summary>The request's id, as problems name it.</summary>
    public string? Request { get; init; }
    public AuditObject? Object { get; init; }
    public IReadOnlyDictionary<string, FieldChange>? Changes { get; init; }
    public IReadOnlyDictionary<string, string>? Detail { get; init; }

    /// <summary>Chinese as it is written, so that a search in the bytes finds it.</summary>
    private static readonly JsonSerializerOptions Format = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public byte[] ToPayload() => JsonSerializer.SerializeToUtf8Bytes(this, Format);

    /// <returns>Null when the bytes are no event; the chain says whether they are the ones that were written.</returns>
    public static AuditEvent? Read(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditEvent>(payload, Format);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A text as it stands inside a payload, without its quotes: what a search in the bytes looks for.</summary>
    public static byte[] Escaped(string text) => JsonSerializer.SerializeToUtf8Bytes(text, Format)[1..^1];
}

/// <summary>A record as it is read back.</summary>
internal sealed record AuditRecord(long Sequence, Timestamp Time, AuditEvent Event);
