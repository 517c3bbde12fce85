namespace Wanwu.Simulator.Demo;

/// <summary>What goes wrong with one station of the demonstration zone.</summary>
/// <param name="SpoilsEvery">Every so many reports it sends half a frame after the whole one; 0 never.</param>
/// <param name="SilentEvery">Every so many reports it is gone for a while; 0 never.</param>
/// <param name="Silence">How long it is gone.</param>
internal sealed record StationFaults(int SpoilsEvery, int SilentEvery, TimeSpan Silence)
{
    private static readonly StationFaults None = new(0, 0, TimeSpan.Zero);

    /// <summary>One station of the zone has a loose cable, another a bad power supply; the others are sound.</summary>
    public static StationFaults Of(int station) => station switch
    {
        4 => None with { SpoilsEvery = 7 },
        7 => None with { SilentEvery = 10, Silence = TimeSpan.FromSeconds(90) },
        _ => None,
    };

    public bool Spoils(long tick) => SpoilsEvery > 0 && tick % SpoilsEvery == SpoilsEvery - 1;

    /// <summary>The tick before which the station falls silent next.</summary>
    public long NextSilence(long tick) => SilentEvery == 0 ? long.MaxValue : (tick / SilentEvery * SilentEvery) + SilentEvery;
}
