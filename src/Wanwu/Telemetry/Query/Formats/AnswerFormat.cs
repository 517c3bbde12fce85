using Microsoft.Net.Http.Headers;

namespace Wanwu.Telemetry.Query.Formats;

/// <summary>The forms an answer may take.</summary>
internal enum AnswerFormat
{
    Json,
    Ndjson,
    Csv,
    /// <summary>Arrow IPC stream.</summary>
    Arrow,
    Parquet,
}

internal static class AnswerFormats
{
    private static readonly (string Media, AnswerFormat Format)[] Media =
    [
        ("application/json", AnswerFormat.Json), ("application/x-ndjson", AnswerFormat.Ndjson), ("application/jsonl", AnswerFormat.Ndjson), ("text/csv", AnswerFormat.Csv),
        ("application/vnd.apache.arrow.stream", AnswerFormat.Arrow), ("application/vnd.apache.parquet", AnswerFormat.Parquet),
    ];

    /// <summary>What <c>format=</c> says, else the first of Accept that is known, else JSON.</summary>
    public static AnswerFormat Of(HttpRequest request, QueryParameters parameters)
    {
        if (parameters.Text("format") is not null) return parameters.OneOf<AnswerFormat>("format") ?? AnswerFormat.Json;
        IEnumerable<MediaTypeHeaderValue> accepted = request.GetTypedHeaders().Accept.OrderByDescending(accept => accept.Quality ?? 1);
        foreach (var accept in accepted)
            foreach (var (media, format) in Media)
                if (accept.MediaType.Equals(media, StringComparison.OrdinalIgnoreCase)) return format;
        return AnswerFormat.Json;
    }

    public static RowFormat Open(AnswerFormat format, IReadOnlyList<Column> columns) => format switch
    {
        AnswerFormat.Ndjson => new JsonFormat(columns, byLine: true),
        AnswerFormat.Csv => new CsvFormat(columns),
        AnswerFormat.Arrow => new ArrowFormat(columns),
        AnswerFormat.Parquet => new ParquetFormat(columns),
        _ => new JsonFormat(columns, byLine: false),
    };
}
