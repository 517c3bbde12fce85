using System.Text.Json;

namespace Wanwu.EndToEnd.Crash;

/// <summary>Compares what a server kept with what it acknowledged.</summary>
internal static class StoredReports
{
    /// <summary>Every acknowledged number is there, every number at most once, and nothing that was never published.</summary>
    /// <returns>How many observations are stored.</returns>
    public static async Task<long> AssertKeptAsync(Api api, IReporter reporter)
    {
        var items = await api.SeriesAsync(reporter.Thing, NumberedReport.Property);
        var stored = items.Select(item => item.Value.GetInt64()).ToList();
        var distinct = stored.ToHashSet();
        var lost = reporter.Acknowledged.Where(n => !distinct.Contains(n)).Order().ToList();
        Assert.True(lost.Count == 0, $"{lost.Count} acknowledged observations of {reporter.Thing} are lost, the first are {string.Join(", ", lost.Take(10))}.");
        var twice = stored.GroupBy(n => n).Where(group => group.Count() > 1).Select(group => group.Key).Order().ToList();
        Assert.True(twice.Count == 0, $"{twice.Count} observations of {reporter.Thing} are there twice, the first are {string.Join(", ", twice.Take(10))}.");
        Assert.DoesNotContain(distinct, n => n < 1 || n > reporter.Published);
        Assert.All(items, item => Assert.Equal(JsonValueKind.Number, item.Value.ValueKind));
        return stored.Count;
    }

    /// <summary>The account balances and agrees with the rows that can be read.</summary>
    public static async Task AssertAccountAsync(Api api, long rows)
    {
        var account = await api.AccountAsync();
        account.AssertBalanced();
        Assert.Equal(rows, account.Stored);
    }
}
