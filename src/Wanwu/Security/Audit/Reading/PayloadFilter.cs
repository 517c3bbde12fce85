using System.Text;
using System.Text.Json;

namespace Wanwu.Security.Audit.Reading;

/// <summary>A filter as it is asked of a record's bytes: nothing is made of them before it has to be, which is what makes a search fast.</summary>
internal sealed class PayloadFilter
{
    private readonly List<byte[]> _needles = [];
    private readonly byte[]? _who, _action, _named, _outcome;
    private readonly PayloadText? _text;

    public PayloadFilter(AuditFilter filter)
    {
        _who = filter.Who is null ? null : Encoding.UTF8.GetBytes(filter.Who);
        _named = filter.Object is null ? null : Encoding.UTF8.GetBytes(filter.Object);
        _action = filter.Action is null ? null : AuditEvent.Escaped(filter.Action);
        _outcome = filter.Outcome is { } outcome ? Encoding.UTF8.GetBytes(AuditFilter.NameOf(outcome)) : null;
        _text = filter.Text is { Length: > 0 } text ? new PayloadText(text) : null;
        if (filter.Who is { } who) _needles.Add(Quoted(AuditEvent.Escaped(who)));
        if (filter.Object is { } named) _needles.Add(Quoted(AuditEvent.Escaped(named)));
        if (_action is not null) _needles.Add([.. "\"action\":\""u8, .. _action]);
        if (_outcome is not null) _needles.Add([.. "\"result\":\""u8, .. _outcome, (byte)'"']);
    }

    private static byte[] Quoted(byte[] text) => [(byte)'"', .. text, (byte)'"'];

    /// <summary>First whether the bytes are there at all, then whether they are there in the right place.</summary>
    public bool Passes(ReadOnlySpan<byte> payload)
    {
        foreach (var needle in _needles)
            if (payload.IndexOf(needle) < 0) return false;
        if (_text is { } text && !text.IsIn(payload)) return false;
        try
        {
            return _needles.Count == 0 || FieldsPass(payload);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Reads no further than to the last field that is asked for; they come in the order of <see cref="AuditEvent"/>.</summary>
    private bool FieldsPass(ReadOnlySpan<byte> payload)
    {
        var (action, outcome, who, named) = (_action is null, _outcome is null, _who is null, _named is null);
        var reader = new Utf8JsonReader(payload);
        reader.Read();
        while (!(action && outcome && who && named) && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!action && reader.ValueTextEquals("action"u8)) action = reader.Read() && IsAction(reader.ValueSpan);
            else if (!outcome && reader.ValueTextEquals("result"u8)) outcome = reader.Read() && reader.ValueSpan.SequenceEqual(_outcome);
            else if (!who && reader.ValueTextEquals("who"u8)) who = IsOneOf(ref reader, _who!);
            else if (!named && reader.ValueTextEquals("object"u8)) named = IsOneOf(ref reader, _named!);
            else reader.Skip();
        }
        return action && outcome && who && named;
    }

    private bool IsAction(ReadOnlySpan<byte> action) => action.StartsWith(_action) && (action.Length == _action!.Length || action[_action.Length] == (byte)'.');

    /// <summary>Whether a field of the object has the text; what kind of actor somebody is does not count.</summary>
    private static bool IsOneOf(ref Utf8JsonReader reader, byte[] text)
    {
        var found = false;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var counts = !reader.ValueTextEquals("kind"u8);
            reader.Read();
            found |= counts && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(text);
        }
        return found;
    }
}

/// <summary>A text that is looked for anywhere in a record; case does not count.</summary>
internal sealed class PayloadText
{
    private readonly string _text;
    private readonly byte[] _bytes;
    private readonly bool _hasCase, _isAscii;
    private readonly byte _small, _large;

    public PayloadText(string text)
    {
        (_text, _bytes) = (text, Encoding.UTF8.GetBytes(text));
        _hasCase = text.Any(letter => char.ToLowerInvariant(letter) != char.ToUpperInvariant(letter));
        _isAscii = Ascii.IsValid(text);
        (_small, _large) = ((byte)char.ToLowerInvariant((char)_bytes[0]), (byte)char.ToUpperInvariant((char)_bytes[0]));
    }

    public bool IsIn(ReadOnlySpan<byte> payload)
    {
        if (!_hasCase) return payload.IndexOf(_bytes) >= 0;
        return _isAscii ? IsInAscii(payload) : Encoding.UTF8.GetString(payload).Contains(_text, StringComparison.OrdinalIgnoreCase);
    }

    private bool IsInAscii(ReadOnlySpan<byte> payload)
    {
        while (payload.Length >= _bytes.Length && payload.IndexOfAny(_small, _large) is >= 0 and var at && payload.Length - at >= _bytes.Length)
        {
            if (Ascii.EqualsIgnoreCase(payload.Slice(at, _bytes.Length), _bytes)) return true;
            payload = payload[(at + 1)..];
        }
        return false;
    }
}
