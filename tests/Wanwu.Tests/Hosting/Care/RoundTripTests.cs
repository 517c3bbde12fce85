using System.Net;
using Wanwu.Hosting.Care;
using Wanwu.Registry;
using Wanwu.Telemetry.Cold;

namespace Wanwu.Tests.Hosting.Care;

/// <summary>What a backup brings back: with everything that has been done to them, observations answer every question as before.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("wanwu-round-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task After_a_restore_every_question_has_the_answer_it_had_before()
    {
        var (backups, restored) = (Path.Combine(_root, "backups"), Path.Combine(_root, "restored"));
        string[] questions;
        Dictionary<string, string> before;
        await using (var server = await WanwuServer.StartAsync(Path.Combine(_root, "data")))
        {
            var thing = await FillAsync(server);
            questions = Questions(thing);
            before = await AnswersAsync(server, questions);
            var gathered = await server.Get<DataCare>().BackupAsync(whileRunning: true, Stop);
            await new BackupRepository(backups).AddAsync(gathered.Folder, gathered.Manifest, Stop);
            // What comes behind the backup is not in it.
            var client = await server.ClientAsync();
            await client.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report", """{"t":"2025-03-01T00:00:00Z","values":{"level":1000}}""", HttpStatusCode.Accepted);
            Assert.NotEqual(before[questions[0]], (await AnswersAsync(server, [questions[0]]))[questions[0]]);
        }
        var kept = Assert.Single(new BackupRepository(backups).List());
        await Restore.RunAsync(kept, [], new DataFolder(restored), TimeProvider.System, null, Stop);
        await using (var server = await WanwuServer.StartAsync(restored))
        {
            var after = await AnswersAsync(server, questions);
            Assert.All(questions, question => Assert.Equal(before[question], after[question]));
            var client = await server.ClientAsync();
            Assert.True((await client.CallAsync(HttpMethod.Post, "/api/v1/audit/verify"))!["whole"]!.GetValue<bool>());
            Assert.True((await client.CallAsync(HttpMethod.Post, "/api/v1/check"))!["sound"]!.GetValue<bool>());
        }
    }

    /// <summary>Cold and hot days, late and corrected observations, qualities, a policy and a hold.</summary>
    private static async Task<string> FillAsync(WanwuServer server)
    {
        var client = await server.ClientAsync();
        await client.OrganisationAsync("waterworks");
        var thing = (await client.CreateAsync("/api/v1/things", """{"name":"Kept","organisation":"waterworks","region":"440100","labels":{"site":"north"}}""")).Text("id");
        for (var day = 1; day <= 5; day++)
        {
            var reports = string.Join(',', Enumerable.Range(0, 24).Select(hour => $$$"""{"t":"2025-01-0{{{day}}}T{{{hour:D2}}}:30:00Z","values":{"level":{{{day * 100 + hour}}},"state":"s{{{hour % 3}}}"}}"""));
            await client.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report", $"[{reports}]", HttpStatusCode.Accepted);
        }
        await server.Get<Compaction>().RunAsync(isEverythingDue: true, Stop);
        await client.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report", """[{"t":"2025-01-02T05:45:00Z","values":{"level":7},"quality":"suspect"},{"t":"2025-02-01T00:00:00Z","values":{"level":8,"place":{"lat":1,"lon":2}}}]""", HttpStatusCode.Accepted);
        await client.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/properties/level/corrections", """{"reason":"float stuck","t":"2025-01-03T03:30:00Z","value":1}""", HttpStatusCode.Created);
        await client.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/properties/level/corrections", """{"reason":"offset","from":"2025-01-04T00:00:00Z","to":"2025-01-05T00:00:00Z","offset":0.5}""", HttpStatusCode.Created);
        await client.CreateAsync("/api/v1/retention/holds", $$"""{"reason":"case 7","things":["{{thing}}"]}""");
        using var policy = await client.SendAsync(HttpMethod.Put, "/api/v1/retention/policies/levels", """{"property":"level","coldFor":"P9Y"}""", headers: ("If-None-Match", "*"));
        Assert.True(policy.IsSuccessStatusCode, await policy.Content.ReadAsStringAsync(Stop));
        return thing;
    }

    private static string[] Questions(string thing) =>
    [
        "/api/v1/observations/export", $"/api/v1/things/{thing}", $"/api/v1/things/{thing}/latest", $"/api/v1/things/{thing}/series/level?corrected=true&limit=1000",
        $"/api/v1/things/{thing}/series/level?every=1d&zone=Asia/Shanghai&aggregate=count&aggregate=max", $"/api/v1/things/{thing}/series/level?every=1h&zone=UTC", $"/api/v1/things/{thing}/corrections",
        $"/api/v1/things/{thing}/quality?from=2025-01-01T00:00:00Z&to=2025-02-02T00:00:00Z", "/api/v1/observations/buckets?every=1d&zone=Asia/Shanghai&group=organisation,label:site",
        "/api/v1/observations/buckets?every=1h&zone=UTC&from=2025-01-01T00:00:00Z&to=2025-01-06T00:00:00Z&aggregate=avg,p50", "/api/v1/observations/latest",
        "/api/v1/retention/policies", "/api/v1/retention/holds", "/api/v1/retention/expiries", "/api/v1/account", "/api/v1/audit?action=observation.correct", "/api/v1/audit?action=legalHold",
    ];

    private static async Task<Dictionary<string, string>> AnswersAsync(WanwuServer server, IEnumerable<string> questions)
    {
        var client = await server.ClientAsync();
        var answers = new Dictionary<string, string>();
        foreach (var question in questions)
        {
            using var answer = await client.GetAsync(question, Stop);
            answers[question] = await answer.Content.ReadAsStringAsync(Stop);
            Assert.True(answer.IsSuccessStatusCode, $"{question}: {answers[question]}");
        }
        return answers;
    }
}
