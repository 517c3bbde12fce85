using System.Globalization;
using System.Net;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Sql;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Sql;

public sealed class TightSql : WanwuFixture
{
    internal override string[] Settings => ["--Telemetry:Sql:TimeoutSeconds=5", "--Telemetry:Sql:ResultMegabytes=1", "--Telemetry:Sql:QueriesPerCaller=1", "--Telemetry:Store:TemporaryMegabytes=64", "--Telemetry:Store:MemoryMegabytes=64"];
}

/// <summary>What a query may see, and how much it may take.</summary>
public sealed class SqlBoundsTests(TightSql wanwu) : IClassFixture<TightSql>
{
    private const string Endless = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range < 0";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static SqlRequest Request(string sql) => new(sql, SqlRequest.NoParameters, 1_000, TimeZoneInfo.Utc, CultureInfo.InvariantCulture);

    private async Task<(SqlTable? Table, SqlRefusal? Refusal)> AskAsync(string sql, Caller caller, CancellationToken stop)
    {
        var (answer, refusal) = await wanwu.Server.Get<SqlQueries>().RunAsync(Request(sql), caller, () => new SqlTable(), stop);
        return ((SqlTable?)answer?.Output, refusal);
    }

    private async Task<string> CellsAsync(string sql, Caller caller)
    {
        var (table, refusal) = await AskAsync(sql, caller, Stop);
        Assert.Null(refusal?.Message);
        return string.Join(' ', table!.Rows.Select(row => string.Join(',', row)));
    }

    private readonly Dictionary<string, Caller> _administrators = [];

    private async Task<Caller> AdministratorAsync(string name) => _administrators.TryGetValue(name, out var known) ? known
        : _administrators[name] = new Caller(CallerKind.Program, name, null) { Id = (await wanwu.Server.Get<AccessTokens>().CreateAsync(name, Role.Administrator, null, Stop)).Id.ToString() };

    private async Task<ThingId> ThingAsync(string more = "") => ThingId.Parse((await wanwu.Administrator.CreateAsync("/api/v1/things", $$"""{"name":"one"{{more}}}""")).Text("id"));

    private async Task ReportAsync(ThingId thing, double value)
    {
        var series = wanwu.Server.Get<SeriesTable>().Of(thing).GetOrAdd(PropertyName.Parse("p"));
        var log = wanwu.Server.Get<ObservationLog>();
        var now = Timestamp.Now(TimeProvider.System);
        var result = log.Append(new MessageRecord { Protocol = "test", Thing = thing, Received = now, Observations = [new Observation(series, now, Value.OfNumber(value), Quality.Good)], Refusals = [] }, null);
        Assert.Equal(CommitOutcome.Committed, await log.CommittedAsync(result.Batch, Stop));
    }

    [Fact]
    public async Task A_caller_sees_its_own_things_and_nobody_else_s_whoever_asked_before()
    {
        var gateway = await ThingAsync();
        var child = await ThingAsync($",\"gateway\":\"{gateway}\"");
        var stranger = await ThingAsync();
        foreach (var thing in new[] { gateway, child, stranger }) await ReportAsync(thing, 1);
        foreach (var (view, column) in new[] { ("observations", "thing"), ("things", "id"), ("series", "thing"), ("rollup_1h", "thing"), ("rollup_1d", "thing") })
        {
            var sql = $"SELECT DISTINCT {column} FROM {view} WHERE {column} IN ('{gateway}', '{child}', '{stranger}') ORDER BY 1";
            var all = string.Join(' ', new[] { gateway, child, stranger }.Select(thing => thing.ToString()).Order(StringComparer.Ordinal));
            for (var round = 0; round < 2; round++)
            {
                Assert.Equal(all, await CellsAsync(sql, await AdministratorAsync("a")));
                Assert.Equal(string.Join(' ', new[] { gateway, child }.Select(thing => thing.ToString()).Order(StringComparer.Ordinal)), await CellsAsync(sql, Caller.OfThing(gateway)));
                Assert.Equal(stranger.ToString(), await CellsAsync(sql, Caller.OfThing(stranger)));
            }
        }
        Assert.Equal("1", await CellsAsync($"SELECT count(*) FROM observations", Caller.OfThing(stranger)));
    }

    [Fact]
    public async Task A_thing_may_not_ask_through_the_front_door()
    {
        var rules = wanwu.Server.Get<AccessRules>();
        Assert.False(rules.May(Caller.OfThing(await ThingAsync()), Permission.QuerySql));
    }

    [Fact]
    public async Task A_query_that_takes_too_long_is_interrupted_while_loading_goes_on()
    {
        var thing = await ThingAsync();
        var asked = AskAsync(Endless, await AdministratorAsync("slow"), Stop);
        var loader = wanwu.Server.Get<StoreLoader>();
        var loads = 0;
        while (!asked.IsCompleted)
        {
            await ReportAsync(thing, loads);
            await loader.LoadedAsync(Stop);
            loads++;
        }
        Assert.True(loads >= 3, $"{loads} loads while the query ran");
        Assert.Equal(SqlRefusalKind.TooLong, (await asked).Refusal!.Kind);
        Assert.Equal(loads.ToString(CultureInfo.InvariantCulture), await CellsAsync($"SELECT count(*) FROM observations WHERE thing = '{thing}'", await AdministratorAsync("slow")));
    }

    [Fact]
    public async Task A_query_nobody_waits_for_any_more_is_interrupted_and_frees_its_turn()
    {
        var caller = await AdministratorAsync("gone");
        using var gone = new CancellationTokenSource();
        var asked = AskAsync(Endless, caller, gone.Token);
        Assert.Equal(SqlRefusalKind.TooMany, (await AskAsync("SELECT 1", caller, Stop)).Refusal!.Kind);
        Assert.Equal("1", await CellsAsync("SELECT 1", await AdministratorAsync("other")));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.Equal("1", await CellsAsync("SELECT 1", caller));
    }

    [Fact]
    public async Task A_query_gives_way_when_the_store_needs_its_memory()
    {
        var database = wanwu.Server.Get<StoreDatabase>();
        var asked = AskAsync(Endless, await AdministratorAsync("yields"), Stop);
        // It may not have begun yet.
        while (!asked.IsCompleted)
        {
            database.TellShortOfMemory();
            await Task.Yield();
        }
        Assert.Equal(SqlRefusalKind.GaveWay, (await asked).Refusal!.Kind);
    }

    [Theory]
    [InlineData("SELECT list(range) FROM range(100000000)")]
    [InlineData("SELECT string_agg(range::VARCHAR || ' and some more to make it longer', '') FROM range(100000000)")]
    public async Task A_query_that_needs_too_much_memory_fails_alone(string sql)
    {
        Assert.Equal(SqlRefusalKind.TooLarge, (await AskAsync(sql, await AdministratorAsync("large"), Stop)).Refusal!.Kind);
        Assert.Equal("1", await CellsAsync("SELECT 1", await AdministratorAsync("large")));
    }

    [Fact]
    public async Task What_spills_to_the_disk_has_a_bound_too()
    {
        var (_, refusal) = await AskAsync("SELECT md5(range::VARCHAR) AS m FROM range(50000000) ORDER BY m DESC", await AdministratorAsync("spill"), Stop);
        Assert.Contains(refusal!.Kind, new[] { SqlRefusalKind.TooLarge, SqlRefusalKind.TooLong });
    }

    [Fact]
    public async Task A_large_answer_is_cut_by_its_bytes()
    {
        using var answer = await wanwu.Administrator.SendAsync(HttpMethod.Post, "/api/v1/sql", """{"sql":"SELECT range, md5(range::VARCHAR) FROM range(100000)","limit":100000}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("bytes", Assert.Single(answer.Headers.GetValues("Wanwu-Cut")));
        var length = answer.Content.Headers.ContentLength;
        Assert.True(length is > 1 << 20 and < (1 << 20) + 65_536, $"{length} bytes");
    }
}
