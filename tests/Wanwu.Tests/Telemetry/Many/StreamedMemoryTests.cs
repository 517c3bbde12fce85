using Wanwu.Telemetry;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

/// <summary>What an answer of very many rows costs in memory: as much as one of few.</summary>
[Collection("alone")]
public sealed class StreamedMemoryTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const int Rows = 1_000_000, AtOnce = 20_000;
    // As JSON the rows are some 110 MB, as columns 70: whoever gathered them would be found out.
    private const long Most = 40 << 20;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task FillAsync()
    {
        var thing = ThingId.Parse((await wanwu.Administrator.CreateAsync("/api/v1/things", """{"name":"talkative"}""")).Text("id"));
        var (log, series) = (wanwu.Server.Get<ObservationLog>(), wanwu.Server.Get<SeriesTable>().Of(thing).GetOrAdd(PropertyName.Parse("level")));
        var observations = new Observation[AtOnce];
        for (var from = 0; from < Rows; from += AtOnce)
        {
            for (var i = 0; i < AtOnce; i++) observations[i] = new Observation(series, new Timestamp(Fleet.From.Microseconds + (from + i) * 1_000_000L), Value.OfNumber(Math.Sin(from + i)), Quality.Good);
            var result = log.Append(new MessageRecord { Protocol = "test", Thing = thing, Received = Fleet.From, Observations = observations, Refusals = [] }, null);
            Assert.Equal(CommitOutcome.Committed, await log.CommittedAsync(result.Batch, Stop));
        }
        await wanwu.Server.Get<StoreLoader>().LoadedAsync(Stop);
    }

    private static long InUse() => GC.GetTotalMemory(forceFullCollection: true);

    [Fact]
    public async Task A_million_rows_take_no_more_memory_than_a_portion_of_them()
    {
        await FillAsync();
        var buffer = new byte[1 << 16];
        foreach (var format in (string[])["ndjson", "arrow", "parquet"])
        {
            // What is made once is made by a short answer first.
            await wanwu.Administrator.SendAsync(HttpMethod.Get, $"/api/v1/observations?limit=10&format={format}");
            var before = InUse();
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/observations?format={format}");
            using var answer = await wanwu.Administrator.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
            Assert.True(answer.IsSuccessStatusCode);
            await using var body = await answer.Content.ReadAsStreamAsync(Stop);
            var (total, looked, most) = (0L, 0L, 0L);
            while (await body.ReadAsync(buffer, Stop) is > 0 and var read)
            {
                total += read;
                if (total - looked < 4 << 20) continue;
                (looked, most) = (total, Math.Max(most, InUse() - before));
            }
            Assert.True(total > 6 << 20, $"{format} has {total} bytes only.");
            Assert.True(most < Most, $"{format} took {most >> 20} MiB.");
        }
    }
}
