using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;
using Wanwu.Security.Audit.Reading;

namespace Wanwu.Bench;

/// <summary>The figures of the audit trail, on files of their own: recorded with a flush to disk before each caller is told, verified, and looked through.</summary>
/// <remarks><c>dotnet run -c Release --project bench/Wanwu.Bench -- audit [RECORDS]</c>; a table in Markdown comes out.</remarks>
internal static class AuditFigures
{
    private const int Records = 1_000_000, Callers = 256, Chunk = 1_000, Runs = 3;
    private static readonly TimeSpan Recording = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(string[] args)
    {
        var records = args is [var text, ..] ? int.Parse(text, CultureInfo.InvariantCulture) : Records;
        System.Console.Out.WriteLine("| | International | ShangMi | asked |\n|---|---|---|---|");
        var (one, other) = (await MeasureAsync(AuditSuite.International, records), await MeasureAsync(AuditSuite.ShangMi, records));
        foreach (var (name, asked, figure) in one) System.Console.Out.WriteLine($"| {name} | {figure} | {other.First(row => row.Name == name).Figure} | {asked} |");
    }

    private static async Task<List<(string Name, string Asked, string Figure)>> MeasureAsync(AuditSuite suite, int records)
    {
        var data = new DataFolder(Directory.CreateTempSubdirectory("wanwu-bench-").FullName);
        try
        {
            var options = Options.Create(new AuditOptions { Suite = suite });
            var keys = new AuditKeys(data, options);
            await using var trail = new AuditTrail(data, options, keys, TimeProvider.System, NullLogger<AuditTrail>.Instance);
            List<(string, string, string)> rows = [];
            var before = Environment.CpuUsage.TotalTime;
            var (rate, p50, p99) = await RecordAsync(trail);
            rows.Add(($"events/s, {Callers} callers that wait for the disk", "≥ 20 000", Count(rate)));
            rows.Add(("events a second of processor time", "", Count(trail.Sequence / (Environment.CpuUsage.TotalTime - before).TotalSeconds)));
            rows.Add(("until a caller is told, p50 / p99 ms", "", $"{Milliseconds(p50)} / {Milliseconds(p99)}"));
            await FillAsync(trail, records);
            var proof = new AuditProof(false, default, 0, 0, 0, 0, null, 0, null, null, [], []);
            var (took, processor) = await MedianAsync(() => Task.FromResult(proof = new AuditVerification(trail.Folder, keys.Trusted()).Run(TimeProvider.System, CancellationToken.None)));
            if (!proof.Whole) throw new InvalidOperationException($"The trail is not whole: {proof.Findings[0]}");
            var bytes = Directory.EnumerateFiles(trail.Folder).Sum(path => new FileInfo(path).Length);
            rows.Add(("verified, records/s", "≥ 500 000", Count(proof.Records / took.TotalSeconds)));
            rows.Add(("verified, records a second of processor time", "", Count(proof.Records / processor.TotalSeconds)));
            rows.Add(("bytes a record", "", Count((double)bytes / proof.Records)));
            using var reader = new AuditReader(trail);
            foreach (var (name, filter) in Filters)
            {
                var (waited, busy) = await MedianAsync(() => reader.PageAsync(filter, null, 100, CancellationToken.None));
                rows.Add(($"{name} over {Count(records)} records, ms (of processor time)", "< 1 000", $"{Milliseconds(waited)} ({Milliseconds(busy)})"));
            }
            return rows;
        }
        finally
        {
            Directory.Delete(data.Path, recursive: true);
        }
    }

    /// <summary>None finds a page full, so each reads to the beginning of the trail.</summary>
    private static IEnumerable<(string Name, AuditFilter Filter)> Filters =>
    [
        ("by an object that is not there", new AuditFilter(Object: "none")),
        ("by text that is not there", new AuditFilter(Text: "Nowhere")),
        ("by person and result", new AuditFilter(Who: "person 7", Outcome: AuditResult.Failed)),
        ("by a name that every record holds elsewhere", new AuditFilter(Who: "Meter of the hall")),
    ];

    /// <summary>Each caller records one event after the other, each on disk before the next.</summary>
    private static async Task<(double Rate, TimeSpan P50, TimeSpan P99)> RecordAsync(AuditTrail trail)
    {
        await trail.AppendAsync(EventOf(0));
        var began = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            List<TimeSpan> each = [];
            for (var n = 0; Stopwatch.GetElapsedTime(began) < Recording; n++)
            {
                var start = Stopwatch.GetTimestamp();
                await trail.AppendAsync(EventOf(caller + n));
                each.Add(Stopwatch.GetElapsedTime(start));
            }
            return each;
        })));
        var took = Stopwatch.GetElapsedTime(began);
        var sorted = times.SelectMany(each => each).Order().ToList();
        return (sorted.Count / took.TotalSeconds, sorted[sorted.Count / 2], sorted[sorted.Count * 99 / 100]);
    }

    private static async Task FillAsync(AuditTrail trail, int records)
    {
        while (trail.Sequence < records)
            await trail.AppendAsync([.. Enumerable.Range((int)trail.Sequence, Chunk).Select(EventOf)]);
        await trail.SignAsync();
    }

    private static AuditEvent EventOf(int n) => new(n % 3 == 0 ? "thing.create" : "thing.change")
    {
        Who = new Actor("person", (n % 50).ToString(CultureInfo.InvariantCulture), $"person {n % 50}"), Address = "192.0.2.17", Door = "api",
        Request = $"00-4bf92f3577b34da6a3ce929d0e0e4736-{n:x16}-01", Outcome = n % 1_000 == 0 ? AuditResult.Failed : AuditResult.Done,
        Object = new AuditObject("thing", $"01jge3xk{n:d18}", "Meter of the hall"),
        Changes = new Dictionary<string, FieldChange> { ["organisation"] = new("水務局", "環境局"), ["labels"] = new("""{"floor":"3"}""", """{"floor":"4"}""") },
    };

    /// <returns>The medians of what it took and of what the processors did meanwhile: on a machine that is busy with something else the second tells more.</returns>
    private static async Task<(TimeSpan Took, TimeSpan Processor)> MedianAsync<T>(Func<Task<T>> work)
    {
        var (times, busy) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var run = 0; run < Runs; run++)
        {
            var (start, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            await work();
            times.Add(Stopwatch.GetElapsedTime(start));
            busy.Add(Environment.CpuUsage.TotalTime - before);
        }
        return (times.Order().ElementAt(Runs / 2), busy.Order().ElementAt(Runs / 2));
    }

    private static string Count(double number) => Math.Round(number).ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString(time.TotalMilliseconds < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
