using System.ComponentModel.DataAnnotations;

namespace Wanwu.Connect.Intake;

/// <summary>Bounds of what one message may bring, the same for every protocol. Section <c>Connect:Intake</c>.</summary>
internal sealed record IntakeOptions
{
    /// <summary>How far ahead of the server's clock an observation's time may lie, in seconds.</summary>
    [Range(0, 86_400)] public int MaxFutureSeconds { get; init; } = 600;

    /// <summary>Observations one message may carry; a message with more is refused whole.</summary>
    [Range(1, 100_000)] public int MaxObservationsPerMessage { get; init; } = 1_000;

    /// <summary>Largest payload of one report in bytes.</summary>
    [Range(1024, 16 * 1024 * 1024)] public int MaxPayloadBytes { get; init; } = 256 * 1024;

    /// <summary>Properties a thing without a model may come to have; further names are refused.</summary>
    [Range(1, 100_000)] public int MaxPropertiesPerThing { get; init; } = 1_000;
}
