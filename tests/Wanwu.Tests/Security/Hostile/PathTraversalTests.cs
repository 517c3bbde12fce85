using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Wanwu.Tests.Security.Hostile;

/// <summary>Paths that climb out of their folder, as bytes on the wire: a client would tidy them up before they are sent.</summary>
public sealed class PathTraversalTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly string[] Up = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "..%5c", "%252e%252e%252f", "..%c0%af", "..;/", "....//", "..%00/", "/"];
    private static readonly string[] Before = ["/", "/api/", "/_framework/", "/_content/MudBlazor/", "/css/", "/openapi/", "/things/", "/api/v1/imports/", "/api/v1/models/"];

    /// <summary>What stands in the files that are asked for, and in no answer.</summary>
    private static readonly string[] Secrets = ["SQLite format 3", "root:x:", "\"pid\"", "PRIVATE KEY", "<encryptedSecret", "ConnectionStrings"];

    [Fact]
    public async Task No_address_reaches_a_file_that_is_not_of_the_console()
    {
        var depth = wanwu.Server.Folder.Count(character => character == '/') + 12;
        string[] files = ["etc/passwd", .. ((string[])["registry.db", "server.json"]).Select(file => Path.Combine(wanwu.Server.Folder, file).TrimStart('/')), "registry.db", "appsettings.json", "Wanwu.dll"];
        var faults = new List<string>();
        foreach (var before in Before)
            foreach (var up in Up)
                foreach (var file in files)
                    foreach (var times in (int[])[1, depth])
                    {
                        var target = before + string.Concat(Enumerable.Repeat(up, times)) + file;
                        var answer = await GetAsync(target);
                        if (answer.StartsWith("HTTP/1.1 5", StringComparison.Ordinal) || Secrets.Any(secret => answer.Contains(secret, StringComparison.Ordinal)) || answer.Contains("MZ\u0090", StringComparison.Ordinal))
                            faults.Add($"{target}: {answer[..Math.Min(200, answer.Length)]}");
                    }
        Assert.True(faults.Count == 0, string.Join('\n', faults.Take(30)));
    }

    [Theory]
    [InlineData("../../../../evil.csv")]
    [InlineData("..\\..\\evil.csv")]
    [InlineData("/etc/evil.csv")]
    [InlineData("evil\0.csv")]
    [InlineData("a/../../evil.csv")]
    [InlineData("CON")]
    public async Task The_name_of_an_uploaded_file_is_a_name_and_no_place(string name)
    {
        var before = Files();
        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes("date,p\n2026-01-01 00:00:00,1\n"));
        file.Headers.TryAddWithoutValidation("Content-Type", "text/csv");
        using var answer = await wanwu.Administrator.PostAsync($"/api/v1/imports?name={Uri.EscapeDataString(name)}", file, Stop);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        // What the server writes by itself meanwhile has nothing to do with it.
        string[] others = ["/audit", "/log/", "registry.db", "/oauth-keys/"];
        var made = Files().Except(before).Where(path => !Array.Exists(others, other => path.Contains(other, StringComparison.Ordinal))).ToList();
        Assert.NotEmpty(made);
        Assert.All(made, path => Assert.StartsWith(Path.Combine(wanwu.Server.Folder, "imports"), path, StringComparison.Ordinal));
        Assert.DoesNotContain(made, path => path.Contains("evil", StringComparison.Ordinal));
        Assert.False(File.Exists("/etc/evil.csv"));
    }

    private HashSet<string> Files() => [.. Directory.EnumerateFiles(wanwu.Server.Folder, "*", SearchOption.AllDirectories)];

    private readonly string _authorization = $"Authorization: {wanwu.Administrator.DefaultRequestHeaders.Authorization}";

    /// <summary>The beginning of the answer to a target that is sent as it stands.</summary>
    private async Task<string> GetAsync(string target)
    {
        using var peer = new TcpClient();
        await peer.ConnectAsync(wanwu.Server.Url.Host, wanwu.Server.Url.Port, Stop);
        var stream = peer.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\nHost: {wanwu.Server.Url.Authority}\r\n{_authorization}\r\nConnection: close\r\n\r\n"), Stop);
        var buffer = new byte[8_192];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, Stop);
        return Encoding.Latin1.GetString(buffer, 0, length);
    }
}
