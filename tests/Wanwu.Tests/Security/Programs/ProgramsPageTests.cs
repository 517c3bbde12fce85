using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security.Programs;

/// <summary>The lines of docs/programs.md, run as they are printed: curl as a program, an HttpClient as the person's browser.</summary>
public sealed partial class ProgramsPageTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static readonly string[] Blocks = [.. Block().Matches(File.ReadAllText(Repository.File("docs", "programs.md"))).Select(match => match.Groups[1].Value)];

    [Fact]
    public async Task The_lines_work_as_printed()
    {
        var administrator = await wanwu.Server.Get<AccessTokens>().CreateAsync("docs", Role.Administrator, null, TestContext.Current.CancellationToken);
        var variables = new Dictionary<string, string> { ["WANWU"] = wanwu.Server.Url.ToString().TrimEnd('/'), ["ADMIN"] = administrator.Token };
        Assert.Equal(5, Blocks.Length);

        var own = await RunAsync(Blocks[0] + Blocks[1] + "\necho; echo \"$CLIENT_ID\"; echo \"$CLIENT_SECRET\"", variables);
        Assert.Equal(("program", "Air quality report"), (JsonNode.Parse(own[0])!.Text("kind"), JsonNode.Parse(own[0])!.Text("name")));
        (variables["CLIENT_ID"], variables["CLIENT_SECRET"]) = (own[1], own[2]);

        var sent = await RunAsync(Blocks[2] + "\necho \"$VERIFIER\"", variables);
        variables["VERIFIER"] = sent[1];
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        var asked = System.Web.HttpUtility.ParseQueryString(new Uri(sent[0]).Query);
        var form = asked.AllKeys.ToDictionary(key => key!, key => asked[key]!);
        form["decision"] = "allow";
        using var back = await person.PostFormAsync("/connect/authorize", form);
        var (to, query) = OAuthClient.Parse(back);
        Assert.Equal(("https://report.example/back", "af0ifjsldkj"), (to, query["state"]));
        variables["CODE"] = query["code"]!;

        var given = await RunAsync(Blocks[3] + "\necho\n" + Blocks[4] + "\necho; curl -sS -o /dev/null -w '%{http_code}\\n' \"$WANWU/api/v1/me\" -H \"Authorization: Bearer $TOKEN\"", variables);
        Assert.Equal(("person", person.Name), (JsonNode.Parse(given[0])!.Text("kind"), JsonNode.Parse(given[0])!.Text("name")));
        // Behind it, on the same line, what revocation answers.
        Assert.True(JsonNode.Parse(given[1][..(given[1].IndexOf('}', StringComparison.Ordinal) + 1)])!["active"]!.GetValue<bool>());
        Assert.Equal("401", given[^1]);
    }

    private static async Task<string[]> RunAsync(string script, Dictionary<string, string> variables)
    {
        var start = new ProcessStartInfo("bash", ["-e", "-o", "pipefail", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var fault = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{fault}\n{await output}");
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
