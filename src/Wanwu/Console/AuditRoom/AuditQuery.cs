using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Reading;
using Wanwu.Things;

namespace Wanwu.Console.AuditRoom;

/// <summary>What the trail is narrowed to, as the address holds it. Days are days of UTC, like the times of the list.</summary>
internal sealed record AuditQuery(string From = "", string To = "", string Who = "", string Action = "", string Object = "", string Outcome = "", string Text = "")
{
    public static readonly IReadOnlyList<string> Outcomes = ["done", "refused", "failed"];
    private const string Day = "yyyy-MM-dd";
    private const int MaxText = 200;

    public bool IsFiltered => this != new AuditQuery();

    public AuditFilter Filter => new(
        TimeOf(From, 0), TimeOf(To, 1), Some(Who), Some(Action), Some(Object),
        Outcome switch { "done" => AuditResult.Done, "refused" => AuditResult.Refused, "failed" => AuditResult.Failed, _ => null }, Some(Text));

    public static AuditQuery Read(string address)
    {
        var parts = QueryHelpers.ParseQuery(new Uri(address).Query);
        string Part(string name) => parts.TryGetValue(name, out var given) && given.ToString() is { Length: <= MaxText } text ? text.Trim() : "";
        return new AuditQuery(DayOf(Part("from")), DayOf(Part("to")), Part("who"), Part("action"), Part("object"), Outcomes.Contains(Part("result")) ? Part("result") : "", Part("q"));
    }

    public string ToQuery() => QueryHelpers.AddQueryString("", Parts(From, To));

    /// <summary>The same as the parameters of the API's export.</summary>
    public string ToExport(string format)
    {
        var parts = Parts(TimeOf(From, 0)?.ToString() ?? "", TimeOf(To, 1)?.ToString() ?? "");
        parts["format"] = format;
        return QueryHelpers.AddQueryString("api/v1/audit/export", parts);
    }

    private Dictionary<string, string?> Parts(string from, string to) =>
        new[] { ("from", from), ("to", to), ("who", Who), ("action", Action), ("object", Object), ("result", Outcome), ("q", Text) }
            .Where(part => part.Item2.Length > 0).ToDictionary(part => part.Item1, part => (string?)part.Item2);

    private static string? Some(string text) => text.Length > 0 ? text : null;

    private static string DayOf(string text) => DateOnly.TryParseExact(text, Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? text : "";

    private static Timestamp? TimeOf(string day, int more) => DateOnly.TryParseExact(day, Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date < DateOnly.MaxValue
        ? Timestamp.From(new DateTimeOffset(date.AddDays(more), TimeOnly.MinValue, TimeSpan.Zero)) : null;
}
