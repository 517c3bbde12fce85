using Wanwu.Connect.Imports;
using Wanwu.Hosting.Commands;
using Wanwu.Telemetry.Query.Many;
using Wanwu.Things;

namespace Wanwu.Hosting.Export;

/// <summary>Brings an export from the server: so many rows at a time, each time behind the last row there is.</summary>
/// <param name="question">The parameters of the question, as in an address.</param>
/// <param name="rowsPerFile">Rows of one file of a folder, and of one question to the server.</param>
internal sealed class ExportRun(ServerClient server, ExportTarget target, string question, int rowsPerFile, TimeProvider clock)
{
    /// <summary>Called with the rows there are, now and then.</summary>
    public Action<long>? Progress { get; init; }

    public async Task<ExportManifest> RunAsync(CancellationToken stop)
    {
        var manifest = await target.OpenAsync(question, stop) ?? new ExportManifest(ExportManifest.CurrentFormat, Product.Version, Timestamp.Now(clock), question, false, 0, []);
        do
        {
            manifest = await AddFileAsync(manifest, stop);
            manifest.Write(target.ManifestPath);
        }
        while (!manifest.IsComplete);
        return manifest;
    }

    private async Task<ExportManifest> AddFileAsync(ExportManifest manifest, CancellationToken stop)
    {
        await using var writer = new ExportWriter(target.PathOf(manifest.Files.Count), target.Format);
        var (last, rows, isEnded) = (manifest.Files is [.., var end] ? end.Last : null, manifest.Rows, false);
        do
        {
            var brought = await AskAsync(writer, last, rows, stop);
            (last, rows, isEnded) = (brought.Last ?? last, rows + brought.Rows, brought.Rows < rowsPerFile);
        }
        while (target.IsOneFile && !isEnded);
        // Where the rows before were just as many as a file holds, there may be nothing left for this one.
        if (rows == manifest.Rows && manifest.Files.Count > 0) return manifest with { IsComplete = true };
        var file = await writer.EndAsync(stop);
        return manifest with { Files = [.. manifest.Files, file], Rows = rows, IsComplete = isEnded };
    }

    private async Task<(long Rows, ExportedRow? Last)> AskAsync(ExportWriter writer, ExportedRow? behind, long before, CancellationToken stop)
    {
        var cursor = behind is null ? "" : $"&cursor={Uri.EscapeDataString(new LineCursor(behind.Time.Microseconds, [behind.Thing, behind.Property]).ToString())}";
        await using var answer = await server.OpenAsync($"api/v1/observations/export?{question}{(question.Length > 0 ? "&" : "")}limit={rowsPerFile}{cursor}", stop);
        var lines = new CsvRecords(answer, (byte)',');
        if (!lines.Read()) throw new InvalidDataException("The server's answer is empty.");
        var rows = 0L;
        while (lines.Read())
        {
            stop.ThrowIfCancellationRequested();
            await writer.AddAsync(lines, stop);
            if ((++rows & 0xFFFF) == 0) Progress?.Invoke(before + rows);
        }
        return (rows, writer.Last);
    }
}
