using Microsoft.Extensions.Time.Testing;
using Wanwu.Hosting.Care;
using Wanwu.Telemetry.Backup;

namespace Wanwu.Tests.Hosting.Care;

/// <summary>Backups that the server makes by itself: when they are due, as many as are to be kept, and what is told of one that fails.</summary>
public sealed class BackupScheduleTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("wanwu-schedule-").FullName;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 26, 8, 0, 0, TimeSpan.Zero));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string Backups => Path.Combine(_root, "backups");

    private Task<WanwuServer> StartAsync(params string[] settings) =>
        WanwuServer.StartAsync(Path.Combine(_root, "data"), _clock, [$"--Backup:Folder={Backups}", "--Backup:At=02:00", "--Backup:Zone=Asia/Shanghai", .. settings]);

    /// <summary>Waits until a scheduled backup that began at this moment has ended.</summary>
    private static async Task<BackupStanding> EndedAsync(WanwuServer server, DateTimeOffset began)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var course = server.Get<BackupCourse>();
        while (await timer.WaitForNextTickAsync(Stop))
            if (course.Now is { Last: { } last, Next: not null } now && last.Began.ToDateTimeOffset() >= began) return now;
        throw new InvalidOperationException("The timer ended.");
    }

    [Fact]
    public async Task One_is_made_at_once_and_each_night_thereafter_and_only_so_many_are_kept()
    {
        await using var server = await StartAsync("--Backup:Keep=2");
        var administrator = await server.ClientAsync();
        var first = await EndedAsync(server, _clock.GetUtcNow());
        Assert.Null(first.Last!.Problem);
        Assert.Equal("2026-01-26T18:00:00Z", first.Next.ToString());
        for (var night = 0; night < 2; night++)
        {
            var due = new DateTimeOffset(2026, 1, 26 + night, 18, 0, 0, TimeSpan.Zero);
            _clock.SetUtcNow(due.AddMinutes(1));
            var standing = await EndedAsync(server, due);
            Assert.Null(standing.Last!.Problem);
            Assert.True(standing.Last.Copied > 0);
        }
        Assert.Equal(["20260127T180100000Z", "20260126T180100000Z"], new BackupRepository(Backups).List().Select(backup => backup.Id));
        var told = await administrator.ReadAsync("/api/v1/backups");
        Assert.Equal(("2026-01-28T18:00:00Z", "20260127T180100000Z"), (told.Text("next"), told["last"]!.Text("name")));
        Assert.Equal(3, (await administrator.ReadAsync("/api/v1/audit?action=data.backup&who=server"))["items"]!.AsArray().Count);
        Assert.Equal("good", (await server.Anonymous().ReadAsync("/health/ready"))["checks"]!["backup"]!.Text("status"));
        var refused = await administrator.CallAsync(HttpMethod.Get, "/api/v1/backups?x=1", expect: System.Net.HttpStatusCode.BadRequest);
        Assert.Equal("This parameter is not known. There are none here.", refused!["errors"]!["x"]![0]!.GetValue<string>());
        await (await server.ClientAsync("viewer")).CallAsync(HttpMethod.Get, "/api/v1/backups", expect: System.Net.HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task One_that_cannot_be_written_is_told_and_tried_again_and_nothing_else_is_held_up()
    {
        await File.WriteAllTextAsync(Backups, "no folder", Stop);
        await using var server = await StartAsync();
        var began = _clock.GetUtcNow();
        Assert.NotNull((await EndedAsync(server, began)).Last!.Problem);
        var ready = await server.Anonymous().ReadAsync("/health/ready");
        Assert.Equal(("ready", "degraded"), (ready.Text("status"), ready["checks"]!["backup"]!.Text("status")));
        File.Delete(Backups);
        _clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Null((await EndedAsync(server, began.AddMinutes(1))).Last!.Problem);
        Assert.Single(new BackupRepository(Backups).List());
        Assert.Empty(Directory.GetDirectories(Path.Combine(_root, "data", DataCare.BackupFolder)));
    }
}
