using System.Security.Cryptography;
using System.Text.Json;

namespace Wanwu.EndToEnd.Operation;

/// <summary>What is exported and imported elsewhere is there as it was: kind, value, quality and time of every observation, by the real commands.</summary>
public sealed class ExportTests
{
    /// <summary>What a file could mistake for something else, and the ends of what each kind holds.</summary>
    private static readonly string[] Reports =
    [
        """{"t":"1991-02-03T04:05:06.000007Z","values":{"number":21.5,"whole":21,"flag":true,"text":"123","place":{"lat":31.2304,"lon":121.4737},"thing":{"a":[1,{"b":"c,d"}]}}}""",
        """{"t":"2025-01-01T00:00:00.123456Z","values":{"number":1e300,"whole":9007199254740993,"flag":false,"text":"NA","place":{"lat":-90,"lon":180},"thing":[1,2,3]}}""",
        """{"t":"2025-01-01T00:00:00.123457Z","values":{"number":0.1,"whole":-9223372036854775808,"text":""}}""",
        """{"t":"2025-01-02T00:00:00Z","values":{"number":-2.5e-320,"whole":9223372036854775807,"text":" a, \"b\"\r\nc;水位 "}}""",
        """{"t":"2025-01-03T00:00:00Z","quality":{"number":"suspect"},"values":{"number":5,"text":"true"}}""",
        """{"t":"2025-01-04T00:00:00Z","quality":{"number":"missing"},"values":{"number":null,"text":"{\"lat\":1}"}}""",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Task<ToolResult> WanwuAsync(params string[] arguments) => Tool.RunAsync("dotnet", [Repository.ServerDll, .. arguments], TimeSpan.FromSeconds(120));

    [Fact]
    public async Task What_is_exported_as_CSV_or_Parquet_and_imported_into_an_empty_installation_is_the_same()
    {
        using var from = new TemporaryFolder();
        using var to = new TemporaryFolder();
        using var files = new TemporaryFolder();
        var (source, target) = ($"--Data:Path={from.Path}", $"--Data:Path={to.Path}");
        await using var first = await ServerProcess.StartAsync(from.Path);
        using var api = new Api(first, await ServerProcess.CreateTokenAsync(from.Path));
        var thing = (await api.CreateThingAsync("Exported")).Username;
        await api.CreateThingAsync("Silent");
        foreach (var report in Reports)
        {
            using var answer = await api.ReportAsync(thing, report, Stop);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
        }
        var one = files.File("all.csv");
        (await WanwuAsync("export", one, source)).Succeeded();
        (await WanwuAsync("export", files.File("parts"), "--format", "parquet", "--rows", "7", "--thing", thing, source)).Succeeded();
        var rows = await CheckAsync(files.File("parts"));
        Assert.Equal(rows, await CheckOneAsync(one));
        Assert.Equal(7, (await WanwuAsync("export", files.File("parts"), source)).ExitCode);

        await using var second = await ServerProcess.StartAsync(to.Path);
        using var there = new Api(second, await ServerProcess.CreateTokenAsync(to.Path));
        var expected = await File.ReadAllTextAsync(one, Stop);
        foreach (var taken in (string[][])[[one], Directory.GetFiles(files.File("parts"), "*.parquet")])
        {
            var copy = (await there.CreateThingAsync("Imported")).Username;
            var mapping = files.File($"{copy}.json");
            await File.WriteAllTextAsync(mapping, $$$"""{"things":{"{{{thing}}}":"{{{copy}}}"}}""", Stop);
            (await WanwuAsync(["import", .. taken, "--mapping", mapping, target])).Succeeded();
            var again = files.File($"{copy}.csv");
            (await WanwuAsync("export", again, "--thing", copy, target)).Succeeded();
            Assert.Equal(expected, (await File.ReadAllTextAsync(again, Stop)).Replace(copy, thing, StringComparison.Ordinal));
        }
        var records = await there.GetAsync("/api/v1/audit?action=data.export");
        Assert.Equal(2, records.GetProperty("items").GetArrayLength());
    }

    private static async Task<long> CheckAsync(string folder)
    {
        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "manifest.json"), Stop));
        Assert.True(manifest.RootElement.GetProperty("isComplete").GetBoolean());
        var files = manifest.RootElement.GetProperty("files").EnumerateArray().ToList();
        Assert.True(files.Count > 2);
        foreach (var file in files) await CheckFileAsync(folder, file);
        return files.Sum(file => file.GetProperty("rows").GetInt64());
    }

    private static async Task<long> CheckOneAsync(string path)
    {
        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(path + ".manifest.json", Stop));
        var file = Assert.Single(manifest.RootElement.GetProperty("files").EnumerateArray());
        await CheckFileAsync(Path.GetDirectoryName(path)!, file);
        return file.GetProperty("rows").GetInt64();
    }

    private static async Task CheckFileAsync(string folder, JsonElement file)
    {
        var bytes = await File.ReadAllBytesAsync(Path.Combine(folder, file.GetProperty("name").GetString()!), Stop);
        Assert.Equal((file.GetProperty("bytes").GetInt64(), file.GetProperty("sha256").GetString()), (bytes.LongLength, Convert.ToHexStringLower(SHA256.HashData(bytes))));
    }
}
