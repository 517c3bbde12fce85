using System.ComponentModel.DataAnnotations;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Tokens that people make for themselves. Section <c>Security:Tokens</c>.</summary>
internal sealed record TokenOptions
{
    /// <summary>Days for which a person's own token holds at most, and holds where its maker names no end.</summary>
    [Range(1, 3_650)] public int PersonalDays { get; init; } = 365;

    /// <summary>When a person's token ends: as asked, but not later than allowed.</summary>
    public Timestamp EndOf(Timestamp? asked, TimeProvider clock)
    {
        var last = Timestamp.From(clock.GetUtcNow().AddDays(PersonalDays));
        return asked < last ? asked.Value : last;
    }
}
