using System.Net;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

/// <summary>With a fleet of its own: what it adds would be there for the other tests, too.</summary>
public sealed class VisibleQuestionTests(Fleet fleet) : IClassFixture<Fleet>
{
    [Fact]
    public async Task What_one_may_not_see_is_not_there()
    {
        var made = await fleet.Administrator.CreateAsync("/api/v1/things", """{"name":"alone"}""");
        var id = made.Text("id");
        await fleet.ReportAsync(id, "p", 0, [(Fleet.From, 1, Quality.Good)]);
        using var thing = fleet.Server.ClientOf(id, made["credentials"]!.Text("password"));
        Assert.Equal(id, Assert.Single(await fleet.LinesAsync("", thing)).Text("thing"));
        var other = await thing.ReadAsync($"/api/v1/observations?thing={fleet.Things[0].Id}", HttpStatusCode.NotFound);
        var unknown = ThingId.New(TimeProvider.System);
        var nobody = await thing.ReadAsync($"/api/v1/observations?thing={unknown}", HttpStatusCode.NotFound);
        Assert.Equal(nobody.Text("detail").Replace(unknown.ToString(), fleet.Things[0].Id, StringComparison.Ordinal), other.Text("detail"));
        using var anonymous = await fleet.Server.Anonymous().SendAsync(HttpMethod.Get, "/api/v1/observations");
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        var guard = await fleet.Server.ClientAsync("security-officer");
        using var forbidden = await guard.SendAsync(HttpMethod.Get, "/api/v1/observations/buckets");
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
    }
}
