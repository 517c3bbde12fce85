using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Wanwu.Tests.Security.Hostile;

/// <summary>One request of the walk.</summary>
internal sealed record Attempt(Operation Operation, string Address, byte[]? Body, string? Media, string What);

/// <summary>Makes hostile requests of every operation, sends them, and says what is wrong with the answers.</summary>
internal sealed partial class HostileWalk(World world, HttpClient caller, Func<string, bool> sees)
{
    private readonly ConcurrentBag<string> _faults = [];
    private int _count;

    public int Count => _count;

    /// <param name="share">One request of so many is sent, always the same ones.</param>
    public async Task RunAsync(int share)
    {
        var attempts = world.Operations.SelectMany(operation => Attempts(operation).Where((_, i) => (i + operation.Name.Length) % share == 0));
        await Parallel.ForEachAsync(attempts, new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = TestContext.Current.CancellationToken }, async (attempt, _) => await SendAsync(attempt));
        Assert.True(_faults.IsEmpty, $"{_faults.Count} of {_count}:\n{string.Join('\n', _faults.Order(StringComparer.Ordinal).Take(60))}");
    }

    private IEnumerable<Attempt> Attempts(Operation operation)
    {
        foreach (var name in operation.InPath)
            foreach (var text in HostileValues.Texts)
                yield return Make(operation, operation.PathWith(each => each == name ? text : Real(operation)), operation.Body?.ToJsonString(), $"{name} in the path is {Short(text)}");
        // What is named in earnest would be gone, and with it the rest of the walk.
        if (operation.Method == "DELETE") yield break;
        foreach (var name in operation.InQuery.Append("nobodyKnowsThis"))
        {
            foreach (var text in HostileValues.Texts)
                yield return Make(operation, $"{RealPath(operation)}?{name}={Uri.EscapeDataString(text)}", operation.Body?.ToJsonString(), $"{name}={Short(text)}");
            yield return Make(operation, $"{RealPath(operation)}?{name}=a&{name}=b&{name.ToUpperInvariant()}=c", operation.Body?.ToJsonString(), $"{name} twice");
            yield return Make(operation, $"{RealPath(operation)}?{name}=%ff%fe%00%c0%af", operation.Body?.ToJsonString(), $"{name} is no UTF-8");
        }
        foreach (var attempt in OfBody(operation)) yield return attempt;
    }

    private IEnumerable<Attempt> OfBody(Operation operation)
    {
        if (operation.Media.Length == 0) yield break;
        if (operation.Body is JsonObject or JsonArray)
            foreach (var (place, with) in HostileValues.Places(operation.Body))
                foreach (var json in HostileValues.Json) yield return Make(operation, RealPath(operation), with(json), $"{place} is {Short(json)}");
        foreach (var (body, media) in HostileValues.Bodies(operation.JsonMedia ?? operation.Media[0], operation.Body))
            yield return new Attempt(operation, RealPath(operation), body, media, $"the body is {Short(body is null ? "none" : Encoding.Latin1.GetString(body))} as {media}");
    }

    private static Attempt Make(Operation operation, string address, string? body, string what) =>
        new(operation, address, body is null ? null : Encoding.UTF8.GetBytes(body), body is null ? null : operation.JsonMedia, what);

    private string RealPath(Operation operation) => operation.PathWith(_ => Real(operation));

    private string Real(Operation operation) => world.Of(operation) is { } kind ? kind.Inside ?? kind.Outside : "x";

    private async Task SendAsync(Attempt attempt)
    {
        using var request = new HttpRequestMessage(new HttpMethod(attempt.Operation.Method), attempt.Address);
        if (attempt.Body is not null || attempt.Media is not null)
        {
            request.Content = new ByteArrayContent(attempt.Body ?? []);
            if (attempt.Media is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", attempt.Media);
        }
        using var answer = await caller.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Interlocked.Increment(ref _count);
        // An answer without an end: its beginning is enough.
        var endless = answer.Content.Headers.ContentType?.MediaType == "text/event-stream";
        var text = endless ? "" : Encoding.Latin1.GetString(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        if (FaultOf(attempt, answer, text) is { } fault) _faults.Add($"{attempt.Operation.Name}: {attempt.What}: {(int)answer.StatusCode} {fault}");
    }

    private string? FaultOf(Attempt attempt, HttpResponseMessage answer, string text)
    {
        if ((int)answer.StatusCode >= 500) return $"is the server's own fault: {Short(text)}";
        if (answer.StatusCode == HttpStatusCode.TooManyRequests) return "was not heard";
        if (Inner().Match(text) is { Success: true } inner && !attempt.What.Contains(inner.Value, StringComparison.Ordinal)) return $"tells of the inside: {Short(text[Math.Max(0, inner.Index - 80)..])}";
        if (text.Contains(world.Server.Folder, StringComparison.Ordinal) && !sees("folders")) return "tells where data lies";
        if (text.Contains(World.Mark, StringComparison.Ordinal) && !sees(World.Mark)) return $"tells of what is outside: {Short(text)}";
        return answer.StatusCode < HttpStatusCode.BadRequest || text.Length == 0 ? null : FaultOfProblem(answer, text);
    }

    private static string? FaultOfProblem(HttpResponseMessage answer, string text)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json") return $"is no problem but {answer.Content.Headers.ContentType}: {Short(text)}";
        var problem = JsonNode.Parse(text)!;
        return (int?)problem["status"] == (int)answer.StatusCode && problem["title"] is not null ? null : $"has a problem of another kind: {Short(text)}";
    }

    private static string Short(string text) => JsonSerializer.Serialize(text.Length > 400 ? string.Create(CultureInfo.InvariantCulture, $"{text[..400]}… ({text.Length})") : text);

    [GeneratedRegex(@"Exception\b|^ {2,6}at \w+\.|\bSystem\.\w+|\bMicrosoft\.\w+\.|\bWanwu\.\w+\.\w+|\.cs:line|SQLite Error|/home/\w|/root/|/usr/|stack ?trace", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Inner();
}
