namespace Wanwu.EndToEnd.Crash;

/// <summary>A log whose end is not what was written: the server starts, cuts, says so, and keeps the rest.</summary>
public sealed class LogTailTests
{
    private const int Reports = 200;

    public enum Damage
    {
        TornInTheMiddleOfTheLastRecord,
        LastByteOfTheLastRecordFlipped,
        GarbageBehindTheLastRecord,
    }

    [Theory]
    [InlineData(Damage.TornInTheMiddleOfTheLastRecord)]
    [InlineData(Damage.LastByteOfTheLastRecordFlipped)]
    [InlineData(Damage.GarbageBehindTheLastRecord)]
    public async Task Damaged_end_of_the_log_is_cut_and_reported_and_the_rest_is_there(Damage damage)
    {
        using var data = new TemporaryFolder();
        var (token, thing) = await ReportAndKillAsync(data.Path);
        Apply(damage, NewestLogFile(data.Path));

        var account = await ReadBackAsync(data.Path, token, thing, reportMore: true);
        // A second, undamaged start agrees with the first.
        Assert.Equal(account, await ReadBackAsync(data.Path, token, thing, reportMore: false));
    }

    private static async Task<(string Token, string Thing)> ReportAndKillAsync(string data)
    {
        await using var server = await ServerProcess.StartAsync(data);
        var token = await ServerProcess.CreateTokenAsync(data);
        using var api = new Api(server, token);
        var thing = await api.CreateThingAsync("Torn");
        for (var n = 1; n <= Reports; n++)
        {
            using var answer = await api.ReportAsync(thing.Id, NumberedReport.Timed(n));
            Assert.Equal(202, (int)answer.StatusCode);
        }
        await server.KillAsync();
        return (token, thing.Id);
    }

    /// <summary>Damage to the last record may cost that record, unless the store had it already, and nothing else.</summary>
    private static async Task<string> ReadBackAsync(string data, string token, string thing, bool reportMore)
    {
        await using var server = await ServerProcess.StartAsync(data);
        using var api = new Api(server, token);
        var numbers = (await api.SeriesAsync(thing, NumberedReport.Property)).Select(item => item.Value.GetInt64()).ToList();
        Assert.Equal(numbers.Distinct(), numbers);
        Assert.Empty(Enumerable.Range(1, Reports - 1).Select(n => (long)n).Except(numbers));
        if (reportMore)
        {
            Assert.Contains("Log damage", server.Said, StringComparison.Ordinal);
            for (var n = Reports + 1; n <= 2 * Reports; n++)
            {
                using var answer = await api.ReportAsync(thing, NumberedReport.Timed(n));
                Assert.Equal(202, (int)answer.StatusCode);
            }
            numbers = [.. (await api.SeriesAsync(thing, NumberedReport.Property)).Select(item => item.Value.GetInt64())];
        }
        Assert.Empty(Enumerable.Range(Reports + 1, Reports).Select(n => (long)n).Except(numbers));
        await StoredReports.AssertAccountAsync(api, numbers.Count);
        Assert.Equal(0, await server.StopAsync());
        return $"{numbers.Count} rows";
    }

    private static string NewestLogFile(string data) =>
        Directory.EnumerateFiles(Path.Combine(data, "log"), "*.wlog").Order(StringComparer.Ordinal).Last();

    private static void Apply(Damage damage, string file)
    {
        var bytes = File.ReadAllBytes(file);
        // Room taken ahead of writing is zeros.
        var end = Array.FindLastIndex(bytes, b => b != 0) + 1;
        Assert.True(end > 1_000, "The log holds nothing.");
        switch (damage)
        {
            case Damage.TornInTheMiddleOfTheLastRecord:
                Array.Resize(ref bytes, end - 10);
                break;
            case Damage.LastByteOfTheLastRecordFlipped:
                bytes[end - 1] ^= 0x55;
                break;
            default:
                Array.Resize(ref bytes, end + 100);
                new Random(7).NextBytes(bytes.AsSpan(end));
                break;
        }
        File.WriteAllBytes(file, bytes);
    }
}
