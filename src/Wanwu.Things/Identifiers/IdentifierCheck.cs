namespace Wanwu.Things;

/// <summary>What the rule of a scheme says of a text: its canonical form, or what is wrong with it.</summary>
/// <param name="Value">The canonical form, or null when the text is refused.</param>
/// <param name="Fault">Why the text is refused, in one sentence, or null.</param>
/// <param name="Doubt">What is unusual about an accepted text, or null; for people to look at, never a reason to refuse.</param>
public readonly record struct IdentifierCheck(string? Value, string? Fault, string? Doubt = null)
{
    public bool IsValid => Value is not null;

    internal static IdentifierCheck Accept(string value, string? doubt = null) => new(value, null, doubt);
    internal static IdentifierCheck Refuse(string fault) => new(null, fault);

    /// <summary>Refusal of a wrong check digit, in the same words for every scheme.</summary>
    internal static IdentifierCheck WrongCheck(char found, char expected) => Refuse($"The check digit is {found}, should be {expected}.");
}

/// <summary>The rule of a scheme. Gets a trimmed text of 1 to <see cref="Identifier.MaxLength"/> characters; must not throw.</summary>
internal delegate IdentifierCheck IdentifierRule(string text);
