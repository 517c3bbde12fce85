using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.RegularExpressions;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Topics;

/// <summary>Whom a rule is for.</summary>
internal enum RuleSubject : byte { Nobody, Anyone, Anonymous, Role, AnyThing, Thing, Model, Program, Person }

/// <summary>One rule of <c>Connect:Mqtt:Topics</c>: who may publish and subscribe which topics outside <c>v1/</c>.</summary>
internal sealed partial record TopicRule
{
    /// <summary>
    /// <c>role:NAME</c>, <c>thing</c> (every thing), <c>thing:ID</c>, <c>model:ID</c> (things of a model), <c>program:NAME</c> (a token's name), <c>person:NAME</c>,
    /// <c>anyone</c> (whoever signed in), <c>anonymous</c>, or <c>nobody</c>.
    /// </summary>
    public string Who { get; init; } = "";

    /// <summary>Topic filters, with <c>{thing}</c>, <c>{user}</c> and <c>{client}</c> for the caller's own.</summary>
    public IReadOnlyList<string> Publish { get; init; } = [];

    /// <summary>As <see cref="Publish"/>, for what may be subscribed.</summary>
    public IReadOnlyList<string> Subscribe { get; init; } = [];

    /// <summary>What holds where no rule is given: administrators and integrators use every topic, a thing its own branch, whoever is let in without an account everything.</summary>
    public static readonly IReadOnlyList<TopicRule> Defaults =
    [
        new() { Who = $"role:{Role.Administrator}", Publish = ["#"], Subscribe = ["#"] },
        new() { Who = $"role:{Role.Integrator}", Publish = ["#"], Subscribe = ["#"] },
        new() { Who = "thing", Publish = ["things/{thing}/#"], Subscribe = ["things/{thing}/#"] },
        new() { Who = "anonymous", Publish = ["#"], Subscribe = ["#"] },
    ];

    /// <summary>The subject and, where it has one, its name; null when the text is none.</summary>
    public (RuleSubject Kind, string Name)? Subject
    {
        get
        {
            var colon = Who.IndexOf(':', StringComparison.Ordinal);
            var (word, name) = colon < 0 ? (Who, "") : (Who[..colon], Who[(colon + 1)..]);
            RuleSubject? kind = (word, name) switch
            {
                ("nobody", "") => RuleSubject.Nobody,
                ("anyone", "") => RuleSubject.Anyone,
                ("anonymous", "") => RuleSubject.Anonymous,
                ("thing", "") when colon < 0 => RuleSubject.AnyThing,
                ("role", _) when Role.IsKnown(name) => RuleSubject.Role,
                ("thing", _) when ThingId.TryParse(name, null, out _) => RuleSubject.Thing,
                ("model", not "") => RuleSubject.Model,
                ("program", not "") => RuleSubject.Program,
                ("person", not "") => RuleSubject.Person,
                _ => null,
            };
            return kind is { } known ? (known, known == RuleSubject.Thing ? ThingId.Parse(name, null).ToString() : name) : null;
        }
    }

    /// <summary>What is wrong with the rule, by the settings' names.</summary>
    public IEnumerable<ValidationResult> Check(string path)
    {
        if (Subject is null)
            yield return new ValidationResult($"'{Who}' is nobody a rule can be for; write role:NAME of a role there is, thing, thing:ID, model:ID, program:NAME, person:NAME, anyone, anonymous or nobody.", [$"{path}:{nameof(Who)}"]);
        if (Subject is { Kind: not RuleSubject.Nobody } && Publish.Count + Subscribe.Count == 0)
            yield return new ValidationResult("allows nothing; give it topic filters under Publish or Subscribe.", [$"{path}:{nameof(Publish)}"]);
        foreach (var (name, filters) in new[] { (nameof(Publish), Publish), (nameof(Subscribe), Subscribe) })
            for (var i = 0; i < filters.Count; i++)
                if (FaultOf(filters[i]) is { } fault) yield return new ValidationResult($"'{filters[i]}' {fault}", [$"{path}:{name}:{i}"]);
    }

    private static string? FaultOf(string filter)
    {
        if (Placeholders().Matches(filter).FirstOrDefault(match => match.Value is not ("{thing}" or "{user}" or "{client}")) is { } unknown)
            return $"holds {unknown.Value}; there are {{thing}}, {{user}} and {{client}}.";
        var text = Encoding.UTF8.GetBytes(Placeholders().Replace(filter, "x"));
        if (!MqttText.IsValid(text) || !MqttText.IsTopicFilter(text)) return "is no topic filter; + fills a level alone, # the last one.";
        return PlainTopics.IsReserved(text) ? "is not for rules: topics under v1/ and those that begin with $ have their own." : null;
    }

    /// <summary>The filter with the caller's own values, or null when it has none that can stand in a level.</summary>
    public static byte[]? Expand(string filter, Caller caller, string clientId)
    {
        var complete = true;
        var text = Placeholders().Replace(filter, match =>
        {
            var value = match.Value switch
            {
                "{thing}" => caller.Thing?.ToString(),
                "{user}" => caller.Kind == CallerKind.Anonymous ? null : caller.Name,
                _ => clientId,
            };
            // A value with a separator or wildcard in it would reach beyond its level.
            complete &= value is { Length: > 0 } && value.AsSpan().IndexOfAny('/', '+', '#') < 0;
            return value ?? "";
        });
        var bytes = Encoding.UTF8.GetBytes(text);
        return complete && MqttText.IsValid(bytes) && MqttText.IsTopicFilter(bytes) && !PlainTopics.IsReserved(bytes) ? bytes : null;
    }

    [GeneratedRegex(@"\{[^{}/]*\}")]
    private static partial Regex Placeholders();
}
