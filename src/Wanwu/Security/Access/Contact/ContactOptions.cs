using System.ComponentModel.DataAnnotations;
using Wanwu.Registry;

namespace Wanwu.Security.Access.Contact;

/// <summary>How things prove who they are, and what is kept of devices that nobody knows. Section <c>Security:Things</c>.</summary>
internal sealed record ContactOptions
{
    /// <summary>Hours for which a thing's former password holds besides a new one, where who makes the new one says nothing else. 0: it ends at once.</summary>
    [Range(0, 2_160)] public int OverlapHours { get; init; } = 24;

    /// <summary>Minutes for which a device that lost the answer to its registration gets it again, when it asks with the same attempt; counted from the last change of the thing. 0: not at all.</summary>
    [Range(0, 1_440)] public int AnswerAgainMinutes { get; init; } = 10;

    /// <summary>Unknown devices that are kept on the list; the longest silent makes room.</summary>
    [Range(10, 100_000)] public int Unknown { get; init; } = 2_000;

    /// <summary>Identifiers that one address (of IPv6: one network of 64 bits) may have on the list of unknown devices.</summary>
    [Range(1, 100_000)] public int UnknownOfAddress { get; init; } = 100;

    /// <summary>Days after which an unknown device that has been silent is forgotten.</summary>
    [Range(1, 3_650)] public int UnknownDays { get; init; } = 30;

    public Rotation Overlap => new(TimeSpan.FromHours(OverlapHours));
}
