using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Wanwu.Security.Access.Contact;

/// <summary>How a registration key looks: <c>wanwukey_</c>, its id and 32 random bytes, both base64url. The id says which it is, so that no key is looked for.</summary>
internal static class RegistrationKeyText
{
    public const string Prefix = "wanwukey_";
    public static ReadOnlySpan<byte> Start => "wanwukey_"u8;
    private const int Length = 16 + 32;

    public static string Make(Guid id) => Prefix + Base64Url.EncodeToString([.. id.ToByteArray(), .. RandomNumberGenerator.GetBytes(32)]);

    public static byte[] Hash(string text) => SHA256.HashData(Encoding.ASCII.GetBytes(text));

    /// <summary>Which key a text would be; whether it is, its hash says.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out Guid id)
    {
        id = default;
        var start = Encoding.ASCII.GetByteCount(Prefix);
        Span<byte> bytes = stackalloc byte[Length];
        if (text.Length != start + Base64Url.GetEncodedLength(Length) || !text.StartsWith(Start)) return false;
        if (Base64Url.DecodeFromUtf8(text[start..], bytes, out _, out var written) != System.Buffers.OperationStatus.Done || written != Length) return false;
        id = new Guid(bytes[..16]);
        return true;
    }
}
