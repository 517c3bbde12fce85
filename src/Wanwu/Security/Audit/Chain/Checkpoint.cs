using System.Buffers.Binary;
using System.Text.Json;
using Wanwu.Things;

namespace Wanwu.Security.Audit.Chain;

/// <summary>A signed statement that the chain went so far: a record of the chain, and kept beside it as <c>head.json</c>, by which a missing tail is found.</summary>
/// <param name="Sequence">Of the record that holds the signature.</param>
/// <param name="Before">Hash of the record before it, in hexadecimal.</param>
internal sealed record Checkpoint(AuditSuite Suite, long Sequence, Timestamp Time, string Before, string Key, string Signature)
{
    public const string FileName = "head.json";
    private static readonly JsonSerializerOptions Format = new(JsonSerializerOptions.Web) { WriteIndented = true };

    public static byte[] Message(long sequence, Timestamp time, ReadOnlySpan<byte> before)
    {
        var title = "Wanwu audit checkpoint 1\n"u8;
        var message = new byte[title.Length + 16 + ChainHash.Length];
        title.CopyTo(message);
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(title.Length), sequence);
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(title.Length + 8), time.Microseconds);
        before.CopyTo(message.AsSpan(title.Length + 16));
        return message;
    }

    /// <summary>Replaces the last one: whole or not at all.</summary>
    public void Write(string folder)
    {
        var (path, fresh) = (Path.Combine(folder, FileName), Path.Combine(folder, FileName + ".new"));
        using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write))
        {
            file.Write(ToBytes());
            file.Flush(flushToDisk: true);
        }
        File.Move(fresh, path, overwrite: true);
    }

    /// <returns>Null when there is none; a fault in words when it is not one that was written with a trusted key.</returns>
    public static (Checkpoint? Head, string? Fault) Read(string folder, IReadOnlyList<byte[]> trusted)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return (null, null);
        try
        {
            var bytes = File.ReadAllBytes(path);
            var head = JsonSerializer.Deserialize<Checkpoint>(bytes, Format);
            if (head is { Key: not null } && !trusted.Any(key => Convert.ToBase64String(key) == head.Key)) return (null, "it is signed with a key that is not among the trusted ones");
            // Written one way only: a byte that reads the same and is not the same was changed by somebody else.
            return head is { Before.Length: 2 * ChainHash.Length, Key: not null, Signature: not null } && head.IsSigned() && bytes.AsSpan().SequenceEqual(head.Plain().ToBytes())
                ? (head, null)
                : (null, "it is not as it was written");
        }
        catch (Exception fault) when (fault is JsonException or FormatException)
        {
            return (null, "it cannot be read");
        }
    }

    private byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Format);

    /// <summary>The same with every text in its one spelling.</summary>
    private Checkpoint Plain() => this with
    {
        Before = Convert.ToHexStringLower(Convert.FromHexString(Before)),
        Key = Convert.ToBase64String(Convert.FromBase64String(Key)), Signature = Convert.ToBase64String(Convert.FromBase64String(Signature)),
    };

    private bool IsSigned() => Signatures.Verify(Suite, Convert.FromBase64String(Key), Message(Sequence, Time, Convert.FromHexString(Before)), Convert.FromBase64String(Signature));
}
