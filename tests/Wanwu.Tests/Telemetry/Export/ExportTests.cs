using System.Net;

namespace Wanwu.Tests.Telemetry.Export;

/// <summary>Observations as a file, over the API: what is in it, who gets it, and that it is recorded.</summary>
public sealed class ExportTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private HttpClient Http => wanwu.Administrator;

    private async Task<(string Id, string Username, string Password)> ThingAsync()
    {
        var made = await Http.CreateAsync("/api/v1/things", """{"name":"Exported"}""");
        var credentials = made["credentials"]!;
        return (made.Text("id"), credentials.Text("username"), credentials.Text("password"));
    }

    private async Task ReportAsync(string thing, string report)
    {
        using var answer = await Http.SendAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report", report);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task Each_value_has_its_kind_beside_it_and_a_cursor_of_the_last_row_goes_on_behind_it()
    {
        var (thing, _, _) = await ThingAsync();
        await ReportAsync(thing, """{"t":"2025-01-01T00:00:00.123456Z","values":{"a":21.5,"b":9007199254740993,"c":true,"d":"21.5","e":{"lat":1.5,"lon":2},"f":[1]}}""");
        await ReportAsync(thing, """{"t":"2025-01-01T00:00:01Z","values":{"a":null}}""");
        using var answer = await Http.GetAsync($"/api/v1/observations/export?thing={thing}", Stop);
        Assert.Equal("attachment; filename=\"observations.csv\"", answer.Content.Headers.GetValues("Content-Disposition").Single());
        string[] rows =
        [
            "a,2025-01-01T00:00:00.123456Z,21.5,number,good", "a,2025-01-01T00:00:01Z,,none,missing", "b,2025-01-01T00:00:00.123456Z,9007199254740993,integer,good",
            "c,2025-01-01T00:00:00.123456Z,true,boolean,good", "d,2025-01-01T00:00:00.123456Z,21.5,text,good", "e,2025-01-01T00:00:00.123456Z,\"1.5,2\",point,good",
            "f,2025-01-01T00:00:00.123456Z,[1],object,good",
        ];
        Assert.Equal($"thing,property,t,value,kind,quality\r\n{string.Concat(rows.Select(row => $"{thing},{row}\r\n"))}", await answer.Content.ReadAsStringAsync(Stop));

        var rest = await Http.GetStringAsync($"/api/v1/observations/export?thing={thing}&limit=2&cursor={Uri.EscapeDataString($"2025-01-01T00:00:01Z/{thing}/a")}", Stop);
        Assert.Equal($"thing,property,t,value,kind,quality\r\n{thing},{rows[2]}\r\n{thing},{rows[3]}\r\n", rest);
        using var asked = await Http.SendAsync(HttpMethod.Post, "/api/v1/observations/export", $$"""{"thing":"{{thing}}","format":"parquet"}""");
        Assert.Equal("PAR1"u8.ToArray(), (await asked.Content.ReadAsByteArrayAsync(Stop))[..4]);
    }

    [Fact]
    public async Task Only_what_the_caller_may_see_leaves_and_every_export_is_recorded()
    {
        var (own, username, password) = await ThingAsync();
        var (other, _, _) = await ThingAsync();
        foreach (var thing in (string[])[own, other]) await ReportAsync(thing, """{"level":1}""");
        var device = wanwu.Server.ClientOf(username, password);
        var seen = await device.GetStringAsync("/api/v1/observations/export", Stop);
        Assert.Contains(own, seen, StringComparison.Ordinal);
        Assert.DoesNotContain(other, seen, StringComparison.Ordinal);
        await device.CallAsync(HttpMethod.Get, $"/api/v1/observations/export?thing={other}", expect: HttpStatusCode.NotFound);
        await wanwu.Server.Anonymous().CallAsync(HttpMethod.Get, "/api/v1/observations/export", expect: HttpStatusCode.Unauthorized);
        var problem = await Http.CallAsync(HttpMethod.Get, "/api/v1/observations/export?format=json", expect: HttpStatusCode.BadRequest);
        Assert.Contains("csv or parquet", problem!["errors"]!["format"]![0]!.GetValue<string>(), StringComparison.Ordinal);

        problem = await Http.CallAsync(HttpMethod.Get, "/api/v1/observations/export?format=xml", expect: HttpStatusCode.BadRequest);
        Assert.Equal("'xml' is not csv or parquet.", problem!["errors"]!["format"]![0]!.GetValue<string>());

        var records = (await Http.ReadAsync($"/api/v1/audit?action=data.export&who={own}"))["items"]!.AsArray();
        // A file's record follows its last byte, and so may come behind that of the next request.
        Assert.Equal(["done", "failed"], records.Select(record => record!["event"]!.Text("result")).Order(StringComparer.Ordinal));
    }
}
