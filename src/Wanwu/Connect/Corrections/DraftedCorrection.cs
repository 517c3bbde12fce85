using Wanwu.Security.Access;
using Wanwu.Telemetry.Corrections;
using Wanwu.Things;

namespace Wanwu.Connect.Corrections;

/// <summary>Carries out what was asked for; taking back is a correction like any other, to what was there before.</summary>
internal sealed class DraftedCorrection(CorrectionDesk desk, CorrectionQueries queries)
{
    public async Task<CorrectionResult> RunAsync(ThingId thing, PropertyName property, CorrectionDraft draft, Caller by, CancellationToken stop)
    {
        if (draft.Undo is not { } number) return await desk.CorrectAsync(new CorrectionOrder(thing, property, draft.Rows!, draft.Reason, by, draft.Amend!), stop);
        var page = await queries.ReadAsync(new CorrectionQuery(thing) { Property = property, Number = number, Limit = CorrectionDesk.MostRows }, stop);
        if (page.Items.Count == 0) return new CorrectionResult(CorrectionOutcome.Missing, 0, 0, $"There is no correction {number} of '{property}'.");
        var before = page.Items.ToDictionary(item => item.Time, item => item.Original);
        return await desk.CorrectAsync(new CorrectionOrder(thing, property, RowChoice.Of([.. before.Keys]), draft.Reason, by, (StandingRow row, out string? refused) =>
        {
            refused = null;
            return new Amended(before[row.Time].Value, before[row.Time].Quality);
        }), stop);
    }
}
