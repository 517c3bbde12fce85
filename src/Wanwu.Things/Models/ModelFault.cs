namespace Wanwu.Things;

/// <summary>One thing wrong with a thing model document.</summary>
/// <param name="Pointer">Where, as a JSON pointer (RFC 6901); empty for the whole document.</param>
/// <param name="Value">What stands there, shortened, or null when something is missing.</param>
/// <param name="Rule">The rule it breaks, in one sentence.</param>
public sealed record ModelFault(string Pointer, string? Value, string Rule)
{
    public override string ToString() =>
        Value is null ? $"{(Pointer.Length == 0 ? "/" : Pointer)}: {Rule}" : $"{(Pointer.Length == 0 ? "/" : Pointer)}: {Rule} Found {Value}.";
}
