using System.Diagnostics;
using System.Net.Http.Headers;
using Wanwu.Bench.Flood;

namespace Wanwu.Bench.Access;

/// <summary>One question of the API to two callers who get the same answer, by turns, so that whatever else goes on meets both.</summary>
/// <param name="Name">As in the table.</param>
/// <param name="Path">Of the question with that number.</param>
internal sealed record ApiCase(string Name, Func<int, string> Path);

/// <param name="All">The caller who sees everything, in milliseconds.</param>
/// <param name="Bytes">Of both answers, of all times together.</param>
internal sealed record ApiFigures(Times All, Times Part, long Bytes, long BytesOfPart);

internal sealed class ApiCases(ServerProcess server, AccessWorld world)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    public IEnumerable<ApiCase> Cases
    {
        get
        {
            string Thing(int turn) => world.InBranch[turn * 7 % world.InBranch.Count].ToString();
            var end = TimeProvider.System.GetUtcNow().AddHours(1).ToString("O")[..19] + "Z";
            var day = $"from=2026-01-01T00:00:00Z&to={end}";
            yield return new("list: 100 of the 3 200 things of a branch, counted", _ => $"/api/v1/things?organisation={AccessWorld.Branch}&limit=100&count=true");
            yield return new("list: 100 things of all there are for the caller", _ => "/api/v1/things?limit=100");
            yield return new("list: 100 things of all there are for the caller, counted", _ => "/api/v1/things?limit=100&count=true");
            yield return new("list: words in the name, a page of 100", turn => $"/api/v1/things?organisation={AccessWorld.Branch}&q=Thing%20{turn % 90 + 10}&limit=100");
            yield return new("a thing", turn => $"/api/v1/things/{Thing(turn)}");
            yield return new("latest of a thing", turn => $"/api/v1/things/{Thing(turn)}/latest");
            yield return new("a series of a thing", turn => $"/api/v1/things/{Thing(turn)}/series/n?limit=100");
            yield return new("latest of 3 200 things, 1 000 a page", _ => $"/api/v1/observations/latest?organisation={AccessWorld.Branch}&limit=1000");
            yield return new("average of 3 200 series by property", _ => $"/api/v1/observations/buckets?organisation={AccessWorld.Branch}&{day}&aggregate=avg&group=property&zone=UTC");
        }
    }

    public async Task<ApiFigures> MeasureAsync(ApiCase asked, int turns)
    {
        using var all = ClientOf(world.All);
        using var part = ClientOf(world.Part);
        List<double> ofAll = [], ofPart = [];
        long bytes = 0, bytesOfPart = 0;
        var began = Stopwatch.GetTimestamp();
        for (var turn = -turns / 10; turn < turns && Stopwatch.GetElapsedTime(began) < Longest; turn++)
        {
            var number = Math.Abs(turn);
            for (var i = 0; i < 2; i++)
            {
                // Who begins changes: what the first one warmed helps the second.
                var isPart = (i + number) % 2 == 1;
                var (took, length) = await AskAsync(isPart ? part : all, asked.Path(number));
                if (turn < 0) continue;
                (isPart ? ofPart : ofAll).Add(took);
                if (isPart) bytesOfPart += length;
                else bytes += length;
            }
        }
        return new ApiFigures(Times.Of(ofAll), Times.Of(ofPart), bytes, bytesOfPart);
    }

    private static async Task<(double Milliseconds, int Bytes)> AskAsync(HttpClient client, string path)
    {
        var began = Stopwatch.GetTimestamp();
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        var length = (await answer.Content.ReadAsByteArrayAsync()).Length;
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return answer.IsSuccessStatusCode ? (took, length) : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode}");
    }

    private HttpClient ClientOf(Asker who)
    {
        var client = new HttpClient { BaseAddress = server.Http };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", who.Token);
        return client;
    }
}
