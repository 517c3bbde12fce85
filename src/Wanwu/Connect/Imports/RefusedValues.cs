using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Wanwu.Connect.Imports;

/// <summary>The list of what an import refused, a line each: a table to mend and to import again.</summary>
/// <remarks>Bounded: what is beyond is counted and not listed.</remarks>
internal sealed class RefusedValues : IDisposable
{
    private const long Most = 64 << 20;
    private readonly FileStream _file;
    private readonly StringBuilder _text = new();

    /// <param name="path">The list.</param>
    /// <param name="length">How much of it counts: what a crash left behind that is written anew.</param>
    public RefusedValues(string path, long length)
    {
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (_file.Length > length) _file.SetLength(length);
        _file.Seek(0, SeekOrigin.End);
        if (_file.Length == 0) Write("line,reason,thing,property,count,detail,text\n");
    }

    public long Length => _file.Position;

    public void Add(RefusedValue value)
    {
        if (_file.Position > Most) return;
        var refusal = value.Refusal;
        _text.Clear();
        _text.Append(CultureInfo.InvariantCulture, $"{value.Line},{JsonSerializer.Serialize(refusal.Reason).Trim('"')},{refusal.Thing},");
        Quoted(refusal.Property).Append(CultureInfo.InvariantCulture, $",{refusal.Count},");
        Quoted(refusal.Detail).Append(',');
        Quoted(Encoding.UTF8.GetString(refusal.Bytes.Span)).Append('\n');
        Write(_text.ToString());
    }

    private StringBuilder Quoted(string? text) =>
        _text.Append('"').Append(text?.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');

    private void Write(string text) => _file.Write(Encoding.UTF8.GetBytes(text));

    public void Flush() => _file.Flush();

    public void Dispose() => _file.Dispose();
}
