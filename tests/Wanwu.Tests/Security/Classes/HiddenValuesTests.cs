using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Wanwu.Security.Access;
using Wanwu.Tests.Connect;

namespace Wanwu.Tests.Security.Classes;

/// <summary>No clear value of a property that is masked or removed for the caller occurs in any answer, whichever way out is tried.</summary>
public sealed class HiddenValuesTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static readonly string[] TextFormats = ["json", "ndjson", "csv", "arrow"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Everything that can be read with GET, each for the thing and each of its properties, with the parameters that give out the most.</summary>
    private IEnumerable<string> Addresses(Classified thing)
    {
        foreach (var endpoint in wanwu.Server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
            var isRead = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") == true;
            // The one that does not end is read by a test of its own.
            if (!isRead || path.EndsWith("/watch", StringComparison.Ordinal) || endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is not null) continue;
            if (path.StartsWith("/api/v1/", StringComparison.Ordinal))
                foreach (var property in path.Contains("{property}", StringComparison.Ordinal) ? Classified.Properties : [""])
                    yield return path.Replace("{id}", path.StartsWith("/api/v1/models", StringComparison.Ordinal) ? "classified" : thing.Id, StringComparison.Ordinal).Replace("{property}", property, StringComparison.Ordinal);
        }
        foreach (var format in TextFormats)
        {
            foreach (var property in Classified.Properties)
            {
                yield return $"/api/v1/things/{thing.Id}/series/{property}?format={format}";
                yield return $"/api/v1/things/{thing.Id}/series/{property}?format={format}&every=1h&aggregate=min,max,first,last,avg,sum";
            }
            yield return $"/api/v1/observations?thing={thing.Id}&format={format}";
            yield return $"/api/v1/observations/latest?thing={thing.Id}&format={format}";
            yield return $"/api/v1/observations/latest?thing={thing.Id}&at=2100-01-01T00:00:00Z&format={format}";
            foreach (var question in (string[])["aggregate=min,max,first,last,avg,sum", "aggregate=min,max,first,last,p50,p99&every=1h&zone=UTC", "aggregate=max&top=5", "aggregate=max&bottom=5"])
                yield return $"/api/v1/observations/buckets?thing={thing.Id}&{question}&format={format}";
            yield return $"/api/v1/observations/personal?thing={thing.Id}&format={format}";
            yield return $"/api/v1/observations/personal?thing={thing.Id}&value={thing.Name}&format={format}";
            yield return $"/api/v1/observations/chart?thing={thing.Id}&points=10&format={format}";
            yield return $"/api/v1/observations/completeness?thing={thing.Id}&from=2020-01-01T00:00:00Z&format={format}";
            yield return $"/api/v1/observations/gaps?thing={thing.Id}&from=2020-01-01T00:00:00Z&longer=1h&format={format}";
        }
        yield return $"/api/v1/observations/export?thing={thing.Id}&format=csv";
        yield return $"/api/v1/refused?thing={thing.Id}";
        yield return $"/things/{thing.Id}";
        foreach (var property in Classified.Properties) yield return $"/things/{thing.Id}?property={property}";
        yield return $"/things/{thing.Id}?tab=quality";
        yield return $"/things/{thing.Id}?tab=refused";
    }

    private static readonly string[] Statements =
    [
        "SELECT * FROM observations WHERE thing = '{0}'", "SELECT * FROM series WHERE thing = '{0}'", "SELECT * FROM rollup_1h WHERE thing = '{0}'", "SELECT * FROM rollup_1d WHERE thing = '{0}'",
        "SELECT text, value, lat, object FROM observations", "SELECT max(text), max(value), max(lat) FROM observations WHERE thing = '{0}'",
        "SELECT * FROM things t JOIN observations o ON o.thing = t.id WHERE t.id = '{0}'",
    ];

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(HttpClient client, string address)
    {
        using var answer = await client.GetAsync(address, Stop);
        return (answer.StatusCode, Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(Stop)) + Encoding.Unicode.GetString(await answer.Content.ReadAsByteArrayAsync(Stop)));
    }

    /// <summary>Also as the eight bytes of a number.</summary>
    private static IEnumerable<string> Found(Classified thing, string text) => thing.Hidden.Where(hidden => text.Contains(hidden, StringComparison.Ordinal));

    private async Task<Classified> RefusedToo(Classified thing)
    {
        // One message that is refused with a hidden value in it.
        using var _ = await wanwu.Administrator.SendAsync(HttpMethod.Post, $"/api/v1/things/{thing.Id}/report", $"{{\"values\":{{\"flow\":\"{thing.Word}\"}}}}");
        return thing;
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Administrator)]
    [InlineData(Role.Operator)]
    public async Task Nothing_that_can_be_read_tells_a_hidden_value(string role)
    {
        var thing = await RefusedToo(await Classified.MakeAsync(wanwu));
        var (client, _) = await Classified.ProgramAsync(wanwu.Server, role, GrantSight.Usual);
        var (clear, _) = await Classified.ProgramAsync(wanwu.Server, role, Classified.Everything);
        using (client) using (clear)
        {
            var (told, seen, answered) = (new List<string>(), new HashSet<string>(), 0);
            foreach (var address in Addresses(thing))
            {
                var (status, text) = await GetAsync(client, address);
                told.AddRange(Found(thing, text).Select(hidden => $"{address} ({status}) tells {hidden}"));
                if (status == HttpStatusCode.OK) answered++;
                seen.UnionWith(Found(thing, (await GetAsync(clear, address)).Text));
            }
            Assert.Equal([], told);
            Assert.True(answered > 40, $"{answered}");
            // The same addresses do tell whoever may see it: the test looks where values are.
            Assert.Equal(thing.Hidden.Order(), seen.Order());
        }
    }

    [Fact]
    public async Task No_statement_in_SQL_reaches_a_hidden_value_nor_tells_by_its_conditions()
    {
        var thing = await Classified.MakeAsync(wanwu);
        var (client, _) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, GrantSight.Usual);
        var (clear, _) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, Classified.Everything);
        using (client) using (clear)
        {
            var seen = new HashSet<string>();
            foreach (var statement in Statements)
            {
                var sql = string.Format(System.Globalization.CultureInfo.InvariantCulture, statement, thing.Id);
                Assert.Equal([], Found(thing, await AskAsync(client, sql)));
                seen.UnionWith(Found(thing, await AskAsync(clear, sql)));
            }
            Assert.Contains(thing.Word, seen);
            foreach (var probe in (string[])[$"value > 1 AND property = 'flow'", $"text = '{thing.Word}'", $"starts_with(text, 'canary-card')", "property = 'slow'", "property = 'place'"])
            {
                var sql = $"SELECT count(*) AS n FROM observations WHERE thing = '{thing.Id}' AND {probe}";
                Assert.Contains("[0]", Rows(await AskAsync(client, sql)), StringComparison.Ordinal);
                Assert.Contains("[1]", Rows(await AskAsync(clear, sql)), StringComparison.Ordinal);
            }
        }

        static async Task<string> AskAsync(HttpClient who, string sql) => (await who.CallAsync(HttpMethod.Post, "/api/v1/sql", new JsonObject { ["sql"] = sql }.ToJsonString()))!.ToJsonString();
        static string Rows(string answer) => answer.Replace("{\"n\":0}", "[0]", StringComparison.Ordinal).Replace("{\"n\":1}", "[1]", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_holds_what_the_caller_sees()
    {
        var thing = await Classified.MakeAsync(wanwu);
        var (client, _) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, GrantSight.Usual);
        using (client)
        {
            var file = Path.Combine(Directory.CreateTempSubdirectory("wanwu-classes-").FullName, "o.parquet");
            await File.WriteAllBytesAsync(file, await client.GetByteArrayAsync($"/api/v1/observations/export?thing={thing.Id}&format=parquet", Stop), Stop);
            using var duck = new DuckDB.NET.Data.DuckDBConnection("Data Source=:memory:");
            duck.Open();
            using var command = duck.CreateCommand();
            command.CommandText = $"SELECT string_agg(o::VARCHAR, ' ') FROM read_parquet('{file}') o";
            var text = (string)command.ExecuteScalar()!;
            Assert.Equal([], Found(thing, text));
            Assert.Contains("plain", text, StringComparison.Ordinal);
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    [Fact]
    public async Task A_subscription_is_sent_masked_values_and_none_that_are_removed()
    {
        var thing = await Classified.MakeAsync(wanwu);
        var (client, token) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, GrantSight.Usual);
        client.Dispose();
        await using var masked = await WireClient.ConnectAsync(wanwu.Server, "token", token);
        var (clearClient, clearToken) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, Classified.Everything);
        clearClient.Dispose();
        await using var clear = await WireClient.ConnectAsync(wanwu.Server, "token", clearToken);
        Assert.Equal(0, await masked.SubscribeAsync($"v1/things/{thing.Id}/observations/+"));
        Assert.Equal(0, await clear.SubscribeAsync($"v1/things/{thing.Id}/observations/+"));
        await thing.ReportAsync(wanwu.Administrator);
        // Nothing is sent behind this one.
        using var _ = await wanwu.Administrator.SendAsync(HttpMethod.Post, $"/api/v1/things/{thing.Id}/report", """{"values":{"plain":99}}""");
        var (seen, all) = (await UntilLastAsync(masked), await UntilLastAsync(clear));
        Assert.Equal([], Found(thing, string.Concat(seen.Select(message => message.Payload))));
        Assert.Equal(["card", "name", "place", "plain"], seen.Select(message => message.Topic.Split('/')[^1]).Distinct().Order());
        Assert.Equal(Classified.Properties.Order(), all.Select(message => message.Topic.Split('/')[^1]).Distinct().Order());
        Assert.Equal(thing.Hidden.Order(), Found(thing, string.Concat(all.Select(message => message.Payload))).Order());

        static async Task<List<WireMessage>> UntilLastAsync(WireClient client)
        {
            var messages = new List<WireMessage>();
            do messages.Add(await client.NextAsync()); while (!messages[^1].Payload.Contains("99", StringComparison.Ordinal));
            return messages;
        }
    }

    [Fact]
    public async Task Looking_on_shows_masked_values_and_none_that_are_removed()
    {
        var thing = await Classified.MakeAsync(wanwu);
        var (client, _) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, GrantSight.Usual);
        using (client)
        {
            using var stream = new StreamReader(await client.GetStreamAsync($"/api/v1/things/{thing.Id}/watch", Stop));
            await stream.ReadLineAsync(Stop);
            await thing.ReportAsync(wanwu.Administrator);
            using var _ = await wanwu.Administrator.SendAsync(HttpMethod.Post, $"/api/v1/things/{thing.Id}/report", """{"values":{"plain":99}}""");
            var text = new StringBuilder();
            while (await stream.ReadLineAsync(Stop) is { } line && !line.Contains("99", StringComparison.Ordinal)) text.AppendLine(line);
            Assert.Equal([], Found(thing, text.ToString()));
            Assert.Contains("\"name\"", text.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("\"word\"", text.ToString(), StringComparison.Ordinal);
        }
    }
}
