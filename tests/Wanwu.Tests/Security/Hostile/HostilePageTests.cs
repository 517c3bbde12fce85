using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Wanwu.Console;
using Wanwu.Security.Access;
using Wanwu.Tests.Security.Programs;

namespace Wanwu.Tests.Security.Hostile;

/// <summary>Every page of the console, asked for with what nobody types who means well, in its address and its query. Made from the pages there are.</summary>
[Collection(nameof(World))]
public sealed partial class HostilePageTests(World world)
{
    /// <summary>One request of so many; <c>./test soak</c> sends all.</summary>
    private static readonly int Share = int.TryParse(Environment.GetEnvironmentVariable("WANWU_WALK_SHARE"), out var share) ? share : 12;

    private const string Script = "<script>alert('zq')</script>\"'><img src=x onerror=zq>";

    /// <summary>A page, with the names of what its query may say.</summary>
    private static IEnumerable<(string Route, string[] Query)> Pages =>
        from page in typeof(ConsoleModule).Assembly.GetTypes()
        from route in page.GetCustomAttributes<RouteAttribute>()
        orderby route.Template
        select (route.Template, QueryOf(page));

    private static string[] QueryOf(Type page) =>
    [
        .. page.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(property => (property.Name, Said: property.GetCustomAttribute<SupplyParameterFromQueryAttribute>()))
            .Where(each => each.Said is not null).Select(each => each.Said!.Name ?? each.Name),
    ];

    [Fact]
    public async Task Whatever_a_page_is_asked_for_is_answered_without_a_fault_and_never_becomes_script()
    {
        using var person = await SignedIn.AsAsync(world.Server, Role.Administrator);
        var addresses = Pages.SelectMany(page => Addresses(page.Route, page.Query)).Where((address, i) => i % Share == 0 || address.Contains("zq", StringComparison.Ordinal)).ToList();
        Assert.True(addresses.Count > 100, $"{addresses.Count}");
        var faults = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(addresses, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken }, async (address, stop) =>
        {
            using var answer = await person.Http.GetAsync(address, stop);
            var text = await answer.Content.ReadAsStringAsync(stop);
            if (FaultOf(answer, text) is { } fault) faults.Add($"{address[..Math.Min(300, address.Length)]}: {(int)answer.StatusCode} {fault}");
        });
        Assert.True(faults.IsEmpty, string.Join('\n', faults.Order(StringComparer.Ordinal).Take(40)));
    }

    private static IEnumerable<string> Addresses(string route, string[] query)
    {
        string With(string value) => Part().Replace(route, Uri.EscapeDataString(value));
        foreach (var text in Part().IsMatch(route) ? HostileValues.Texts.Where(text => text.Length > 0).Append(Script) : []) yield return With(text);
        foreach (var name in query.Append("nobodyKnowsThis"))
            foreach (var text in HostileValues.Texts.Append(Script))
                yield return $"{With("x")}?{name}={Uri.EscapeDataString(text)}";
        yield return $"{With("x")}?{string.Join('&', query.Append("x").Select(name => $"{name}=%ff%fe%c0%af&{name}=b"))}";
    }

    private string? FaultOf(HttpResponseMessage answer, string text)
    {
        if (answer.StatusCode >= HttpStatusCode.InternalServerError) return "is the server's own fault";
        if (text.Contains("<script>alert('zq')", StringComparison.OrdinalIgnoreCase) || text.Contains("<img src=x onerror=zq", StringComparison.OrdinalIgnoreCase)) return "says as markup what was said to it";
        if (Inner().Match(text) is { Success: true } inner) return $"tells of the inside: {inner.Value}";
        if (text.Contains("X-Injected", StringComparison.Ordinal) && answer.Headers.Contains("X-Injected")) return "has a header that was asked for";
        return text.Contains(world.Server.Folder, StringComparison.Ordinal) && answer.RequestMessage!.RequestUri!.AbsolutePath == "/" ? "tells where data lies" : null;
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Part();

    [GeneratedRegex(@"\bat Wanwu\.\w+|\.cs:line|SQLite Error|System\.\w+Exception|Unhandled exception")]
    private static partial Regex Inner();
}
