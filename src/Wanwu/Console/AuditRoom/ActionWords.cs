using Wanwu.Console.Language;

namespace Wanwu.Console.AuditRoom;

/// <summary>Actions in the reader's words: what was done to what kind of object, put together from the two parts of the code.</summary>
internal static class ActionWords
{
    /// <summary>What is done to each kind of object.</summary>
    private static readonly (string Type, string Verbs)[] Known =
    [
        ("session", "begin end"), ("access", "refuse"), ("thing", "create change retire credentials quarantine release"), ("binding", "create remove"), ("ban", "create end"), ("unknownDevice", "remove"), ("registrationKey", "create use end"), ("model", "create change remove"),
        ("mapping", "create change remove"), ("organisation", "create change move remove"), ("token", "create revoke"), ("certificate", "create revoke"), ("grant", "create end"), ("program", "create change remove consent token revoke introspect"), ("person", "create change"), ("invitation", "create use revoke"), ("login", "create remove"), ("consent", "revoke"), ("mqtt", "kick end"),
        ("data", "backup restore check compact export"), ("observation", "correct"), ("import", "upload check start stop remove"),
        ("savedQuery", "create change remove"), ("legalHold", "create change"), ("retentionPolicy", "create change remove"), ("server", "start stop"), ("door", "traffic"), ("erasure", "order file complete"), ("audit", "verify export expire cut broken resume missed"),
    ];

    /// <summary>The codes that the filter offers.</summary>
    public static IEnumerable<string> Codes => Known.SelectMany(known => known.Verbs.Split(' ').Select(verb => $"{known.Type}.{verb}"));

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
