using System.Globalization;
using System.Text;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>The list of things as a file: exactly what is filtered, or what is selected.</summary>
internal static class ThingExport
{
    private const int MostSelected = 500;
    private static readonly string[] Heading = ["id", "name", "model", "identifiers", "organisation", "region", "lifecycle", "latitude", "longitude", "created", "changed"];

    public static async Task WriteAsync(HttpContext http, ThingSearch search, ThingDirectory things, AccessRules rules)
    {
        var visible = rules.Visible(Caller.From(http.User));
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"things.csv\"";
        // With the mark that spreadsheets need to read Chinese.
        await using var writer = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), 65_536);
        await writer.WriteAsync(string.Join(',', Heading) + "\r\n");
        foreach (var thing in Chosen(http.Request.Query, search, things, visible)) await writer.WriteAsync(Line(thing));
    }

    private static IEnumerable<ThingEntry> Chosen(IQueryCollection parts, ThingSearch search, ThingDirectory things, Func<ThingEntry, bool> visible)
    {
        if (parts["ids"].ToString() is { Length: > 0 } ids)
        {
            foreach (var text in ids.Split(',').Take(MostSelected))
                if (ThingId.TryParse(text, null, out var id) && things.Find(id) is { } thing && visible(thing)) yield return thing;
            yield break;
        }
        var query = ThingQuery.Read(parts);
        var selection = search.Select(query.ToFilter(), query.ToSort(CultureInfo.CurrentUICulture.Name), query.Descending, visible);
        foreach (var thing in selection.Window(0, selection.Count)) yield return thing;
    }

    private static string Line(ThingEntry thing)
    {
        string[] cells =
        [
            thing.Id.ToString(), thing.Name.For(CultureInfo.CurrentUICulture), thing.Model?.Id ?? "",
            string.Join(' ', thing.Identifiers.Select(identifier => $"{identifier.Scheme}:{identifier.Value}")),
            thing.Organisation ?? "", thing.Region ?? "", thing.Lifecycle.Text(), Degrees(thing.Place?.Lat), Degrees(thing.Place?.Lon),
            thing.Created.ToString(), thing.Changed.ToString(),
        ];
        return string.Join(',', cells.Select(Cell)) + "\r\n";
    }

    private static string Degrees(double? degrees) => degrees?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    /// <summary>RFC 4180; a cell that a spreadsheet would run as a formula is led by an apostrophe.</summary>
    internal static string Cell(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' && !double.TryParse(text, CultureInfo.InvariantCulture, out _)) text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
