using Wanwu.Connect.Corrections;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>What was put right, as a list: who looks for the original finds it here, whatever became of the observation.</summary>
internal sealed class NaiveCorrections(NaiveStore store)
{
    private readonly List<Made> _made = [];

    private sealed record Made(long Number, ThingId Thing, PropertyName Property, string Reason, StoredObservation Original, StoredObservation Right);

    /// <summary>The numbers given so far in one series.</summary>
    public IReadOnlyList<long> Numbers(ThingId thing, PropertyName property) =>
        [.. _made.Where(one => one.Thing == thing && one.Property == property).Select(one => one.Number).Distinct()];

    /// <summary>Observations that were put right, as they came.</summary>
    public IReadOnlyList<StoredObservation> Originals(ThingId thing, PropertyName property) =>
        [.. _made.Where(one => one.Thing == thing && one.Property == property).Select(one => one.Original)];

    /// <summary>Does what the store has answered to, and sees that it was all of it and nothing else.</summary>
    public void Correct(ThingId thing, PropertyName property, string reason, IEnumerable<StoredObservation> rights, CorrectedView? answer)
    {
        Assert.NotNull(answer);
        var done = 0;
        foreach (var right in rights)
        {
            if (store.Correct(thing, property, right) is not { } original) continue;
            _made.Add(new Made(answer.Number ?? throw new Xunit.Sdk.XunitException("Something was to be put right, and there is no number."), thing, property, reason, original, right));
            done++;
        }
        Assert.Equal((done, done == 0), (answer.Corrected, answer.Number is null));
    }

    /// <summary>What a correction replaced: what taking it back puts in its place.</summary>
    public List<StoredObservation> Replaced(ThingId thing, PropertyName property, long number) =>
        [.. _made.Where(one => one.Thing == thing && one.Property == property && one.Number == number).Select(one => one.Original)];

    public void AssertTold(ThingId thing, IReadOnlyList<CorrectionView> told) => Assert.Equal(
        _made.Where(one => one.Thing == thing).OrderByDescending(one => one.Number).ThenByDescending(one => one.Right.Time.Microseconds)
            .Select(one => (one.Number, one.Property, one.Reason, one.Original.Time, one.Original.Value, one.Original.Quality, one.Right.Value, one.Right.Quality)),
        told.Select(view => (view.Number, view.Property, view.Reason, view.T, view.Original.Value, view.Original.Quality, view.Now.Value, view.Now.Quality)));
}
