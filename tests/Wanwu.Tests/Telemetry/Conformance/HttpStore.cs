using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect.Corrections;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>The suite's store behind a whole server: handed in, asked and put right over HTTP, as a program far away does it.</summary>
/// <remarks>Past the door, into the log, goes only what no HTTP request can be: another protocol's messages, refusals made up by a test, and times the door takes for a wrong clock.</remarks>
internal sealed class HttpStore : IStoreUnderTest
{
    /// <summary>The server's id of each of the suite's things, by folder: a store that is opened again knows them.</summary>
    private static readonly ConcurrentDictionary<(string Folder, ThingId Thing), ThingId> Ids = new();
    private static readonly Timestamp Oldest = Timestamp.Parse("1990-01-01T00:00:00Z");
    private readonly WanwuServer _server;
    private readonly HttpClient _client;

    private HttpStore(WanwuServer server, HttpClient client, FakeTimeProvider clock) => (_server, _client, Clock) = (server, client, clock);

    public static async Task<IStoreUnderTest> OpenAsync(string folder, StoreSettings settings)
    {
        var clock = new FakeTimeProvider(StoreUnderTest.Now.ToDateTimeOffset());
        string[] more = settings.InSmallPieces ? ["--Telemetry:Cold:ThousandRowsPerFile=1"] : [];
        var server = await WanwuServer.StartAsync(folder, clock,
            ["--Telemetry:Cold:MemoryMegabytes=64", "--Connect:Intake:MaxFutureSeconds=0", $"--Telemetry:Store:RefusalsKept={settings.RefusalsKept}", .. more]);
        return new HttpStore(server, await server.ClientAsync(), clock);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public FakeTimeProvider Clock { get; }

    public SeriesTable Series { get; } = new();

    private async Task<ThingId> IdAsync(ThingId thing)
    {
        if (Ids.TryGetValue((_server.Folder, thing), out var id)) return id;
        return Ids[(_server.Folder, thing)] = ThingId.Parse((await _client.CreateAsync("/api/v1/things", """{"name":"under test","timeZone":"UTC"}""")).Text("id"));
    }

    private async Task<string> PathAsync(ThingId thing, string rest) => $"/api/v1/things/{await IdAsync(thing)}/{rest}";

    public async Task ReportAsync(ThingId thing, Observation[] observations, string protocol = "http", Refusal[]? refusals = null)
    {
        var now = Timestamp.Now(Clock);
        if (protocol != "http" || refusals is not null || observations.Any(one => one.Time < Oldest || one.Time > now))
        {
            await AppendAsync(thing, observations, protocol, refusals ?? []);
            return;
        }
        var answer = await _client.CallAsync(HttpMethod.Post, await PathAsync(thing, "report"), Report(observations), HttpStatusCode.Accepted);
        Assert.Equal(observations.Length, answer!["accepted"]!.GetValue<int>());
    }

    private static string Report(Observation[] observations)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            foreach (var observation in observations)
            {
                json.WriteStartObject();
                json.WriteString("t", observation.Time.ToString());
                json.WriteStartObject("values");
                json.WritePropertyName(observation.Series.Property.ToString());
                // A number without a fraction would be read as an integer.
                if (observation.Value is { Kind: ValueKind.Number } number && double.IsInteger(number.AsNumber)) json.WriteRawValue(number.AsNumber.ToString("F1", CultureInfo.InvariantCulture));
                else observation.Value.WriteTo(json);
                json.WriteEndObject();
                json.WriteString("quality", QualityNames.NameOf(observation.Quality));
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private async Task AppendAsync(ThingId thing, Observation[] observations, string protocol, Refusal[] refusals)
    {
        var id = thing == default ? thing : await IdAsync(thing);
        var (log, table) = (_server.Get<ObservationLog>(), _server.Get<SeriesTable>());
        Observation[] own = [.. observations.Select(one => new Observation(table.Of(id).GetOrAdd(one.Series.Property), one.Time, one.Value, one.Quality))];
        Refusal[] refused = [.. refusals.Select(one => one.Thing is null ? one : one with { Thing = id })];
        AppendResult result;
        while ((result = log.Append(new MessageRecord { Protocol = protocol, Thing = id, Received = StoreUnderTest.Now, Observations = own, Refusals = refused }, null)).Outcome == AppendOutcome.Full)
            await log.WaitForRoomAsync(new SenderPlace(), Stop);
        Assert.Equal(AppendOutcome.Appended, result.Outcome);
        Assert.Equal(CommitOutcome.Committed, await log.CommittedAsync(result.Batch, Stop));
    }

    public async Task<CorrectedView?> CorrectAsync(ThingId thing, string property, string body)
    {
        using var answer = await _client.SendAsync(HttpMethod.Post, await PathAsync(thing, $"properties/{property}/corrections"), body);
        if (answer.StatusCode == HttpStatusCode.UnprocessableEntity) return null;
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.OK, text);
        return JsonSerializer.Deserialize<CorrectedView>(text, JsonSerializerOptions.Web);
    }

    public async Task<IReadOnlyList<CorrectionView>> CorrectionsAsync(ThingId thing)
    {
        var items = new List<CorrectionView>();
        for (var next = ""; ;)
        {
            var page = await _client.ReadAsync(await PathAsync(thing, $"corrections?limit=1000{next}"));
            items.AddRange(page["items"]!.AsArray().Select(item => CorrectionOf(item!)));
            if (page["next"]?.GetValue<string>() is not { } cursor) return items;
            next = $"&cursor={cursor}";
        }
    }

    private static CorrectionView CorrectionOf(JsonNode item) => new(item["number"]!.GetValue<long>(), PropertyName.Parse(item.Text("property")), Timestamp.Parse(item.Text("t")), Timestamp.Parse(item.Text("at")),
        new CorrectorView(item["by"]!.Text("kind"), item["by"]!.Text("name")), item.Text("reason"), CorrectedOf(item["original"]!), CorrectedOf(item["now"]!));

    private static CorrectedValueView CorrectedOf(JsonNode side) => new(ValueOf(side["value"]), QualityOf(side.Text("quality")), side["received"]?.GetValue<string>() is { } received ? Timestamp.Parse(received) : null);

    private static Value ValueOf(JsonNode? value) => JsonSerializer.Deserialize<Value>(value?.ToJsonString() ?? "null");

    private static Quality QualityOf(string name) => QualityNames.TryParse(name, out var quality) ? quality : throw new Xunit.Sdk.XunitException($"'{name}' is no quality.");

    public async Task<IReadOnlyList<LatestValue>> LatestAsync(ThingId thing) =>
    [
        .. (await _client.ReadAsync(await PathAsync(thing, "latest"))).AsObject().Select(one => new LatestValue(
            this.Observe(thing, one.Key, ValueOf(one.Value!["value"]), Timestamp.Parse(one.Value!.Text("t")), QualityOf(one.Value!.Text("quality"))), default)),
    ];

    public async Task<SeriesPage> ReadAsync(SeriesQuery query, CancellationToken stop)
    {
        if (await AskAsync(query, query.Descending ? "&order=desc" : "", stop) is not { } page) return new SeriesPage([], null);
        return new SeriesPage([.. page["items"]!.AsArray().Select(row => new StoredObservation(Timestamp.Parse(row!.Text("t")), ValueOf(row!["value"]), QualityOf(row!.Text("quality"))))], NextOf(page));
    }

    public async Task<BucketPage> AggregateAsync(BucketQuery query, CancellationToken stop)
    {
        string[] names = [.. query.Aggregates.Select(QueryParameters.Name)];
        if (await AskAsync(query.Series, $"&every={query.Every}&aggregate={string.Join(',', names)}&zone={query.Zone.Id}", stop) is not { } page) return new BucketPage([], null);
        return new BucketPage([.. page["items"]!.AsArray().Select(row => new Bucket(Timestamp.Parse(row!.Text("t")), [.. names.Select(name => row![name]?.GetValue<double>())]))], NextOf(page));
    }

    /// <returns>Null where the range ends before it begins, which the door refuses.</returns>
    private async Task<JsonNode?> AskAsync(SeriesQuery query, string more, CancellationToken stop)
    {
        var path = new StringBuilder(await PathAsync(query.Thing, $"series/{query.Property}?from={query.From}&to={query.To}&limit={query.Limit}{more}"));
        if (query.After is { } after) path.Append(CultureInfo.InvariantCulture, $"&cursor={after.Microseconds}");
        if (query.Qualities is { } qualities) path.Append("&quality=").AppendJoin(',', qualities.Select(QueryParameters.Name));
        using var answer = await _client.GetAsync(path.ToString(), stop);
        var text = await answer.Content.ReadAsStringAsync(stop);
        if (query.To < query.From)
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            return null;
        }
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {text}");
        return JsonNode.Parse(text)!;
    }

    private static Timestamp? NextOf(JsonNode page) => page["next"]?.GetValue<string>() is { } next ? new Timestamp(long.Parse(next, CultureInfo.InvariantCulture)) : null;

    public async Task<(AccountView All, IReadOnlyDictionary<string, AccountView> Protocols)> AccountAsync(CancellationToken stop)
    {
        var all = await _client.ReadAsync("/api/v1/account");
        return (AccountOf(all), all["protocols"]!.AsObject().ToDictionary(one => one.Key, one => AccountOf(one.Value!)));
    }

    public async Task<AccountView> AccountAsync(ThingId thing, CancellationToken stop) => AccountOf(await _client.ReadAsync(await PathAsync(thing, "account")));

    private static AccountView AccountOf(JsonNode node) =>
        new(node["received"]!.GetValue<long>(), node["stored"]!.GetValue<long>(), node["repeated"]!.GetValue<long>(), node["refused"]!.GetValue<long>());

    public async Task<RefusedPage> RefusedAsync(RefusedQuery query, CancellationToken stop)
    {
        var path = new StringBuilder($"/api/v1/refused?limit={query.Limit}");
        if (query.Thing is { } thing) path.Append(CultureInfo.InvariantCulture, $"&thing={await IdAsync(thing)}");
        if (query.Protocol is { } protocol) path.Append("&protocol=").Append(protocol);
        if (query.Reason is { } reason) path.Append("&reason=").Append(QueryParameters.Name(reason));
        if (query.Before is { } before) path.Append(CultureInfo.InvariantCulture, $"&cursor={before}");
        var page = await _client.ReadAsync(path.ToString());
        var next = page["next"]?.GetValue<string>();
        return new RefusedPage([.. page["items"]!.AsArray().Select(item => RefusedOf(item!))], next is null ? null : long.Parse(next, CultureInfo.InvariantCulture));
    }

    private static RefusedItem RefusedOf(JsonNode item) => new(0, Timestamp.Parse(item.Text("time")), item.Text("protocol"), new Refusal(
        Enum.Parse<RefusalReason>(item.Text("reason"), ignoreCase: true), item.Text("detail"), null, item["property"]?.GetValue<string>(), item["count"]!.GetValue<int>(),
        Convert.FromBase64String(item.Text("bytes")), item["source"]?.GetValue<string>()));

    public Task LoadAsync() => _server.Get<StoreLoader>().LoadedAsync(Stop).WaitAsync(TimeSpan.FromSeconds(60), Stop);

    public async Task TendAsync(bool isEverythingDue)
    {
        await _client.CallAsync(HttpMethod.Post, "/api/v1/compact");
        await _server.Get<RollupUpkeep>().RunAsync(Stop);
    }

    public async Task<IReadOnlyList<string>> CheckAsync() =>
        [.. (await _client.CallAsync(HttpMethod.Post, "/api/v1/check"))!["findings"]!.AsArray().Select(found => found!.ToJsonString())];

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

/// <summary>The store of the server, over its HTTP door.</summary>
internal sealed class HttpMaker : IStoreMaker
{
    public static readonly HttpMaker Instance = new();

    public Task<IStoreUnderTest> OpenAsync(string folder, StoreSettings settings) => HttpStore.OpenAsync(folder, settings);
}

public sealed class HttpObservationTests : ObservationConformance
{
    private protected override IStoreMaker Maker => HttpMaker.Instance;
}

public sealed class HttpRangeTests : RangeConformance
{
    private protected override IStoreMaker Maker => HttpMaker.Instance;
}

public sealed class HttpCorrectionTests : CorrectionConformance
{
    private protected override IStoreMaker Maker => HttpMaker.Instance;
}
