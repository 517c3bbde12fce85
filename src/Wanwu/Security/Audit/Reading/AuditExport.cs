using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wanwu.Security.Audit.Reading;

/// <summary>Records as a file, newest first, streamed page by page.</summary>
internal static class AuditExport
{
    private const int PageLength = 1_000;
    private static readonly string[] Heading = ["sequence", "time", "action", "result", "reason", "who_kind", "who_id", "who", "address", "door", "request", "object_type", "object_id", "object", "changes", "detail"];
    private static readonly JsonSerializerOptions Format = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static async Task WriteAsync(HttpResponse response, AuditReader reader, AuditFilter filter, long? before, bool asLines, CancellationToken stop)
    {
        response.ContentType = asLines ? "application/x-ndjson" : "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = asLines ? "attachment; filename=\"audit.ndjson\"" : "attachment; filename=\"audit.csv\"";
        // Spreadsheets need the mark to read Chinese.
        await using var writer = new StreamWriter(response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: !asLines), 65_536);
        if (!asLines) await writer.WriteAsync(string.Join(',', Heading) + "\r\n");
        do
        {
            var page = await reader.PageAsync(filter, before, PageLength, stop);
            foreach (var record in page.Records) await writer.WriteAsync(asLines ? JsonSerializer.Serialize(record, Format) + "\n" : Line(record));
            before = page.Next;
        } while (before is not null);
    }

    private static string Line(AuditRecord record)
    {
        var happened = record.Event;
        string?[] cells =
        [
            record.Sequence.ToString(CultureInfo.InvariantCulture), record.Time.ToString(), happened.Action, AuditFilter.NameOf(happened.Outcome), happened.Reason,
            happened.Who?.Kind, happened.Who?.Id, happened.Who?.Name, happened.Address, happened.Door, happened.Request,
            happened.Object?.Type, happened.Object?.Id, happened.Object?.Name,
            happened.Changes is null ? null : JsonSerializer.Serialize(happened.Changes, Format), happened.Detail is null ? null : JsonSerializer.Serialize(happened.Detail, Format),
        ];
        return string.Join(',', cells.Select(Cell)) + "\r\n";
    }

    /// <summary>RFC 4180; a cell that a spreadsheet would run as a formula is led by an apostrophe.</summary>
    private static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        if (text[0] is '=' or '+' or '-' or '@' or '\t') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
