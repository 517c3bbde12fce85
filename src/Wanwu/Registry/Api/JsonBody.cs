using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>Reads a request's JSON strictly: one value, no member twice, and a fault that says where it is.</summary>
internal static class JsonBody
{
    private const string BrokenText = "The body holds broken text: bytes that are not UTF-8, or half of a surrogate pair.";
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <returns>The document, which the caller disposes of, or the problem to answer with.</returns>
    public static async Task<(JsonDocument? Document, ProblemHttpResult? Problem)> ReadAsync(HttpRequest request, CancellationToken stop)
    {
        if (!request.HasJsonContentType())
            return (null, TypedResults.Problem("The body must be JSON: send Content-Type: application/json.", statusCode: StatusCodes.Status415UnsupportedMediaType));
        try
        {
            var document = await JsonDocument.ParseAsync(request.Body, Strict, stop);
            if (IsWellFormed(document)) return (document, null);
            document.Dispose();
            return (null, TypedResults.Problem(BrokenText, statusCode: StatusCodes.Status400BadRequest));
        }
        catch (JsonException fault)
        {
            var where = fault.LineNumber is { } line ? $" (line {line + 1}, byte {fault.BytePositionInLine + 1})" : "";
            return (null, TypedResults.Problem($"The body is not well-formed JSON{where}: {Reason(fault)}", statusCode: StatusCodes.Status400BadRequest));
        }
        catch (BadHttpRequestException fault)
        {
            return (null, TypedResults.Problem(fault.Message, statusCode: fault.StatusCode));
        }
    }

    /// <summary>JSON may hold half of a surrogate pair, which no text can: reading it would throw.</summary>
    private static bool IsWellFormed(JsonDocument document) => JsonText.IsWellFormed(JsonMarshal.GetRawUtf8Value(document.RootElement));

    /// <summary>The body as bytes; null when it is longer than <paramref name="most"/>.</summary>
    public static async Task<byte[]?> ReadBytesAsync(HttpRequest request, int most, CancellationToken stop)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, stop)) > 0;)
        {
            if (body.Length + read > most) return null;
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }

    /// <summary>The members of an object, after a fault for everything that is not among <paramref name="known"/>.</summary>
    public static Dictionary<string, JsonElement> Members(JsonElement body, string[] known, FieldFaults faults)
    {
        Dictionary<string, JsonElement> members = new(StringComparer.Ordinal);
        if (body.ValueKind != JsonValueKind.Object) faults.Add("", $"Expected an object with {string.Join(", ", known)}.");
        else
            foreach (var member in body.EnumerateObject())
            {
                if (known.Contains(member.Name)) members[member.Name] = member.Value;
                else faults.Add(ThingRules.Short(member.Name), $"This member is not known. Known are: {string.Join(", ", known)}.");
            }
        return members;
    }

    /// <summary>A member that is a text; null when it is not there, or null, or with a fault no text.</summary>
    public static string? Text(this Dictionary<string, JsonElement> members, string name, FieldFaults faults)
    {
        if (!members.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        faults.Add(name, "Expected a text.");
        return null;
    }

    private static string Reason(JsonException fault)
    {
        // The framework repeats path and position at the end of its message.
        var cut = fault.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        if (cut < 0) cut = fault.Message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        return cut < 0 ? fault.Message : fault.Message[..cut];
    }
}

/// <param name="Next">Cursor of the next page, or null on the last.</param>
internal sealed record ListView<T>(IReadOnlyList<T> Items, string? Next);
