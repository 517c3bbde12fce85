using System.Buffers;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Http;

/// <summary>What became of a bulk request.</summary>
/// <param name="Reports">Lines read.</param>
/// <param name="Accepted">Observations on disk.</param>
/// <param name="Refused">Observations refused.</param>
/// <param name="Refusals">The first of them, by line.</param>
internal sealed record BulkView(int Reports, int Accepted, int Refused, IReadOnlyList<BulkRefusedView> Refusals);

internal sealed record BulkRefusedView(int Line, string? Property, RefusalReason Reason, string Detail);

/// <summary>Many reports in one request, one JSON text a line, read as they arrive and answered when the last is on disk.</summary>
internal sealed class BulkReports(HttpInbox inbox)
{
    private const int MaxBytes = 10 * 1024 * 1024, MaxListed = 100;
    private readonly List<BulkRefusedView> _refusals = [];
    private int _lines, _reports, _accepted, _refused;
    private long _batch;

    public async Task<IResult> TakeAsync(HttpContext http)
    {
        if (http.Request.ContentLength > MaxBytes) return RequestBody.TooLarge(MaxBytes);
        var (reader, read) = (http.Request.BodyReader, 0L);
        while (true)
        {
            var result = await reader.ReadAsync(http.RequestAborted);
            var buffer = result.Buffer;
            var before = buffer.Length;
            var taken = true;
            while (taken && TryCutLine(ref buffer, result.IsCompleted, out var line)) taken = await TakeLineAsync(line, http.RequestAborted);
            read += before - buffer.Length;
            var tooLarge = read + buffer.Length > MaxBytes ? MaxBytes : buffer.Length > inbox.MaxBytes ? inbox.MaxBytes : 0;
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (!taken) return inbox.NoRoom();
            if (tooLarge > 0) return RequestBody.TooLarge(tooLarge);
            if (result.IsCompleted) break;
        }
        if (_batch > 0 && await inbox.CommittedAsync(_batch, http.RequestAborted) != CommitOutcome.Committed) return inbox.NoRoom();
        return TypedResults.Ok(new BulkView(_reports, _accepted, _refused, _refusals));
    }

    private static bool TryCutLine(ref ReadOnlySequence<byte> buffer, bool last, out ReadOnlyMemory<byte> line)
    {
        line = default;
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end).ToArray();
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }
        if (!last || buffer.IsEmpty) return false;
        line = buffer.ToArray();
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    private async ValueTask<bool> TakeLineAsync(ReadOnlyMemory<byte> line, CancellationToken stop)
    {
        _lines++;
        if (line.Span.Trim(" \t\r"u8).IsEmpty) return true;
        var result = await inbox.AppendAsync(line, default, stop);
        if (result.Outcome != AppendOutcome.Appended) return false;
        _batch = result.Batch;
        _reports++;
        _accepted += inbox.Read.Observations.Length;
        _refused += inbox.Read.Refused;
        foreach (var refusal in inbox.Refusals())
            if (_refusals.Count < MaxListed) _refusals.Add(new BulkRefusedView(_lines, refusal.Property, refusal.Reason, refusal.Detail));
        return true;
    }
}
