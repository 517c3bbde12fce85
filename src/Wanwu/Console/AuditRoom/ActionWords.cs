using Wanwu.Console.Language;

namespace Wanwu.Console.AuditRoom;

/// <summary>Actions in the reader's words: what was done to what kind of object, put together from the two parts of the code.</summary>
internal static class ActionWords
{
    /// <summary>The codes that the filter offers.</summary>
    public static readonly IReadOnlyList<string> Codes =
    [
        "session.begin", "session.end", "access.refuse", "thing.create", "thing.change", "thing.retire", "thing.credentials", "thing.export",
        "model.create", "model.change", "model.remove", "mapping.create", "mapping.change", "mapping.remove", "token.create", "token.revoke", "person.create",
        "mqtt.kick", "mqtt.end", "data.backup", "data.restore", "data.check", "data.compact", "data.export", "observation.correct", "import.start",
        "legalHold.create", "legalHold.change", "retentionPolicy.create", "retentionPolicy.change", "server.start", "server.stop", "door.traffic", "audit.verify", "audit.export",
    ];

    public static string Of(Words words, string code) => code.Split('.', 2) is [var type, var verb]
        ? words["audit.act", words.Of("auditType", type), words.Of("auditVerb", verb)]
        : code;

    /// <summary>The name of a door as a key's last part.</summary>
    public static string KeyOf(string? door) => door switch
    {
        null => "none",
        "command line" => "command",
        _ => door,
    };
}
