namespace Wanwu.Things;

/// <summary>One unit symbol of UCUM: what it is made of and how people write it.</summary>
/// <param name="Code">The case-sensitive symbol.</param>
/// <param name="Symbol">How people write it.</param>
/// <param name="IsMetric">Whether prefixes may stand before it.</param>
internal sealed record UcumAtom(string Code, string Symbol, bool IsMetric, UcumMagnitude Magnitude, UcumDimension Dimension, UcumScale? Scale);

/// <summary>A scale that is more than a factor, which UCUM calls a special unit.</summary>
/// <param name="Offset">Where its zero lies, in the base unit, when it is a straight line; null when it is a logarithm.</param>
internal sealed record UcumScale(string Code, UcumOffset? Offset);
