using Microsoft.AspNetCore.Http.HttpResults;

namespace Wanwu.Connect.Http;

/// <summary>A request body read whole, up to a bound.</summary>
internal static class RequestBody
{
    /// <summary>The body, or null when it is larger than <paramref name="atMost"/>.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext http, int atMost)
    {
        if (http.Request.ContentLength > atMost) return null;
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (read.Buffer.Length > atMost)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }
            if (read.IsCompleted)
            {
                var body = new byte[read.Buffer.Length];
                System.Buffers.BuffersExtensions.CopyTo(read.Buffer, body);
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public static ProblemHttpResult TooLarge(int atMost) =>
        TypedResults.Problem($"The body is larger than {atMost} bytes. Send several reports, or application/x-ndjson with one report a line.", statusCode: StatusCodes.Status413PayloadTooLarge);
}
