using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Wanwu.Telemetry.Query.Many;

namespace Wanwu.Tests.Telemetry.Many;

/// <summary>Whether sums of single series are put together in memory or by the store makes no difference to an answer.</summary>
public sealed class LineSumTests(Fleet fleet) : IClassFixture<Fleet>
{
    [Theory]
    [InlineData("/buckets?aggregate=avg,min,max,count,sum,first,last")]
    [InlineData("/buckets?group=property&aggregate=avg,min,max,count,sum,first,last")]
    [InlineData("/buckets?every=1d&group=county&aggregate=avg,first,last,count")]
    [InlineData("/buckets?every=7h&zone=America/New_York&group=organisation,property&aggregate=max,sum")]
    [InlineData("/buckets?every=1d&limit=5&aggregate=min")]
    [InlineData("/buckets?every=1d&zone=UTC&aggregate=max,last&top=3")]
    [InlineData("/buckets?aggregate=first,count&bottom=7&by=count")]
    [InlineData("/buckets?group=label:floor&quality=suspect&aggregate=avg,last")]
    [InlineData("/buckets?region=310115&property=humidity&aggregate=avg&top=2")]
    public async Task The_store_and_memory_put_series_together_alike(string query)
    {
        var options = fleet.Server.Get<IOptions<QueryOptions>>().Value;
        var usual = options.MostBySeries;
        var inMemory = await fleet.LinesAsync(query);
        Assert.NotEmpty(inMemory);
        options.MostBySeries = 0;
        try
        {
            Assert.Equal((await fleet.LinesAsync(query)).Select(Rounded), inMemory.Select(Rounded));
        }
        finally
        {
            options.MostBySeries = usual;
        }
    }

    private static string Rounded(JsonObject row) => string.Join(' ', row.Select(cell => $"{cell.Key}={(cell.Value is JsonValue value && value.TryGetValue<double>(out var number) ? Math.Round(number, 9) : cell.Value)}"));
}
