using System.Net;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Query.Many;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

/// <summary>A server with small limits and one long series.</summary>
public sealed class SmallLimits : WanwuFixture, IAsyncLifetime
{
    public const int Rows = 160_000, MostRows = 120_000;

    /// <summary>Long, so that rows are: an answer of them is more than sockets hold.</summary>
    public static readonly string Property = new('p', PropertyName.MaxLength);

    internal override string[] Settings => [$"--Telemetry:Query:MaxRows={MostRows}", "--Telemetry:Query:MaxSeries=2", "--Telemetry:Query:PerCaller=3"];

    internal string Thing { get; private set; } = "";

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Thing = (await Administrator.CreateAsync("/api/v1/things", """{"name":"long"}""")).Text("id");
        var id = ThingId.Parse(Thing);
        var (log, series) = (Server.Get<ObservationLog>(), Server.Get<SeriesTable>().Of(id).GetOrAdd(PropertyName.Parse(Property)));
        for (var at = 0; at < Rows; at += 4_000)
        {
            Observation[] observations = [.. Enumerable.Range(at, 4_000).Select(i => new Observation(series, new Timestamp(i * 1_000_000L), Value.OfInteger(i), Quality.Good))];
            var result = log.Append(new MessageRecord { Protocol = "test", Thing = id, Received = Timestamp.Now(TimeProvider.System), Observations = observations, Refusals = [] }, null);
            Assert.Equal(CommitOutcome.Committed, await log.CommittedAsync(result.Batch, CancellationToken.None));
        }
    }
}

public sealed class LimitTests(SmallLimits wanwu) : IClassFixture<SmallLimits>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private QueryTurns Turns => wanwu.Server.Get<QueryTurns>();

    [Fact]
    public async Task A_long_answer_comes_whole_and_in_order()
    {
        using var answer = await wanwu.Administrator.GetAsync($"/api/v1/observations?thing={wanwu.Thing}&format=csv&limit=110000", HttpCompletionOption.ResponseHeadersRead, Stop);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Stop));
        await lines.ReadLineAsync(Stop);
        var row = 0;
        while (await lines.ReadLineAsync(Stop) is { } line)
        {
            Assert.Equal($"{wanwu.Thing},{SmallLimits.Property},{new Timestamp(row * 1_000_000L)},{row},good", line);
            row++;
        }
        Assert.Equal(110_000, row);
        var cursor = Uri.EscapeDataString($"{new Timestamp(109_999 * 1_000_000L)}/{wanwu.Thing}/{SmallLimits.Property}");
        var rest = await wanwu.Administrator.ReadAsync($"/api/v1/observations?thing={wanwu.Thing}&cursor={cursor}&limit=1");
        Assert.Equal(110_000, rest["items"]![0]!["value"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_answer_that_becomes_too_long_breaks_the_connection_off_and_never_looks_complete()
    {
        using var answer = await wanwu.Administrator.GetAsync($"/api/v1/observations?thing={wanwu.Thing}&format=ndjson", HttpCompletionOption.ResponseHeadersRead, Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.ReadAsStringAsync(Stop));
        Assert.True(fault is HttpRequestException or IOException, fault.ToString());
    }

    [Fact]
    public async Task A_reader_that_takes_its_time_does_not_hold_the_store()
    {
        using var answer = await wanwu.Administrator.GetAsync($"/api/v1/observations?thing={wanwu.Thing}&format=ndjson&limit=119000", HttpCompletionOption.ResponseHeadersRead, Stop);
        // Some twenty megabytes are to come; nobody reads them, and the store is free whenever no portion is being gathered.
        async Task FreeAsync()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (Turns.Now is not (1, 0))
            {
                patience.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }
        await FreeAsync();
        for (var i = 0; i < 100; i++)
        {
            await wanwu.Administrator.ReadAsync($"/api/v1/things/{wanwu.Thing}/series/{SmallLimits.Property}?limit=1");
            Assert.Equal(1, Turns.Now.Open);
        }
        await FreeAsync();
    }

    [Fact]
    public async Task Too_many_questions_of_one_caller_are_told_to_wait()
    {
        for (var i = 0; i < 3; i++) Assert.Equal(Admission.Admitted, Turns.Enter("test viewer"));
        var viewer = await wanwu.Server.ClientAsync("viewer");
        using var refused = await viewer.SendAsync(HttpMethod.Get, $"/api/v1/observations?thing={wanwu.Thing}&limit=1");
        Assert.Equal((HttpStatusCode.TooManyRequests, 1), (refused.StatusCode, (int)refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
        for (var i = 0; i < 3; i++) Turns.Leave("test viewer");
        await viewer.ReadAsync($"/api/v1/observations?thing={wanwu.Thing}&limit=1");
    }

    [Fact]
    public async Task A_question_about_too_many_series_says_how_to_narrow_it()
    {
        var thing = (await wanwu.Administrator.CreateAsync("/api/v1/things", """{"name":"many","labels":{"many":"yes"}}""")).Text("id");
        foreach (var property in (string[])["a", "b", "c"]) wanwu.Server.Get<SeriesTable>().Of(ThingId.Parse(thing)).GetOrAdd(PropertyName.Parse(property));
        var problem = await wanwu.Administrator.ReadAsync("/api/v1/observations?label=many", HttpStatusCode.BadRequest);
        Assert.Contains("more than 2 series", problem["errors"]!["series"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        await wanwu.Administrator.ReadAsync("/api/v1/observations?label=many&property=a&property=b");
    }
}
