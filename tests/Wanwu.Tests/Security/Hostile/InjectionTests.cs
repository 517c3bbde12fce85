using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Wanwu.Tests.Security.Hostile;

/// <summary>SQL injection through every filter there is: each parameter of each question gets words that would change the answer if they came to be part of a statement. Made from the API's own description.</summary>
[Collection(nameof(World))]
public sealed partial class InjectionTests(World world)
{
    /// <summary>Behind a word that nothing matches: quotes closed, conditions that hold, statements added, wildcards.</summary>
    private static readonly string[] Tails =
    [
        "' OR '1'='1", "') OR ('1'='1", "')) OR (('1'='1", "' OR 1=1 --", "') OR 1=1 --", "'; DROP TABLE Things; --", "'; DELETE FROM observations; --", "' UNION ALL SELECT NULL --", "\" OR \"1\"=\"1", "\\' OR 1=1 --",
        "' OR thing IS NOT NULL --", "$1", "?", "%' OR '%'='", " OR 1=1", ") OR 1=1 --", "' || (SELECT 'x') || '",
    ];

    /// <summary>What a question needs besides to be answered, by its parameters.</summary>
    private static readonly (string Name, string Value)[] Needed =
        [("from", "2026-01-01T00:00:00Z"), ("to", "2027-01-01T00:00:00Z"), ("every", "1d"), ("zone", "UTC"), ("interval", "1h"), ("longer", "1h"), ("points", "100"), ("format", "csv"), ("permission", "read-things"), ("at", "2026-06-01T00:00:00Z")];

    /// <summary>Answers that grow with each question, or never end.</summary>
    private static bool IsApart(Operation operation) => operation.Path.EndsWith("/watch", StringComparison.Ordinal) || operation.Path.EndsWith("/export", StringComparison.Ordinal);

    [Fact]
    public async Task No_filter_of_the_api_becomes_a_part_of_a_statement()
    {
        var (faults, compared) = (new List<string>(), 0);
        foreach (var operation in world.Operations.Where(operation => operation.Method == "GET" && !IsApart(operation)))
        {
            foreach (var name in operation.InQuery)
            {
                var word = $"zq{Guid.NewGuid():N}";
                var harmless = await AskAsync(operation, name, word, word);
                foreach (var tail in Tails)
                {
                    var hostile = await AskAsync(operation, name, word + tail, word);
                    if (hostile.Status >= 500) faults.Add($"{operation.Name} {name}={tail}: {hostile}");
                    // What is not understood is refused; what is answered is answered as any word that nothing matches.
                    if (hostile.Status >= 300) continue;
                    compared++;
                    if (hostile != harmless) faults.Add($"{operation.Name} {name}={tail}\n   hostile:  {hostile}\n   harmless: {harmless}");
                }
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults.Take(40)));
        Assert.True(compared > 200, $"{compared}");
        await NothingIsGoneAsync();
    }

    [Theory]
    [InlineData("SELECT id FROM things WHERE id = $word")]
    [InlineData("SELECT id FROM things WHERE name LIKE $word")]
    [InlineData("SELECT thing FROM observations WHERE property = $word")]
    public async Task No_parameter_of_a_query_becomes_a_part_of_it(string sql)
    {
        foreach (var tail in Tails)
        {
            var body = new JsonObject { ["sql"] = sql, ["parameters"] = new JsonObject { ["word"] = $"zq-none{tail}" } };
            using var answer = await world.Administrator.SendAsync(HttpMethod.Post, "/api/v1/sql", body.ToJsonString());
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.OK && JsonNode.Parse(text)!["rows"]!.AsArray().Count == 0, $"{tail}: {answer.StatusCode} {text}");
        }
        await NothingIsGoneAsync();
    }

    private async Task NothingIsGoneAsync()
    {
        Assert.True((await world.Administrator.ReadAsync("/api/v1/things"))["items"]!.AsArray().Count > 1);
        Assert.NotEmpty((await world.Administrator.ReadAsync("/api/v1/observations/latest"))["items"]!.AsArray());
    }

    private async Task<(int Status, string Text)> AskAsync(Operation operation, string name, string value, string word)
    {
        var others = Needed.Where(each => each.Name != name && operation.InQuery.Contains(each.Name)).Select(each => $"&{each.Name}={Uri.EscapeDataString(each.Value)}");
        var path = operation.PathWith(part => part is "property" or "name" ? "p" : world.Of(operation) is { } kind ? kind.Inside ?? kind.Outside : "x");
        using var answer = await world.Administrator.GetAsync($"{path}?{name}={Uri.EscapeDataString(value)}{string.Concat(others)}", TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, Changing().Replace(text, "").Replace(value, word, StringComparison.Ordinal));
    }

    /// <summary>Times and counts that go on by themselves.</summary>
    [GeneratedRegex("\"traceId\":\"[^\"]*\"|\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z|\"[A-Za-z]*[pP]erSecond\":[\\d.]+|\"(messages|bytes)(In|Out)\":\\d+")]
    private static partial Regex Changing();
}
