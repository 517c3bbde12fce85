using Microsoft.Extensions.Primitives;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>One series with personal values of a subject.</summary>
internal sealed record PersonalSeries(ThingId Thing, string Property, string DataClass, bool IsSensitive, long Count, Timestamp From, Timestamp To);

/// <summary>What came of looking for a subject.</summary>
/// <param name="Faults">The parameters that are wrong.</param>
/// <param name="IsBusy">Too much is being asked already.</param>
/// <param name="IsCut">There are more than are told.</param>
internal sealed record PersonalFound(IReadOnlyList<PersonalSeries> Series, IReadOnlyCollection<string> Faults, bool IsBusy = false, bool IsCut = false);

/// <summary>Where there are personal values of a subject: the answer of <see cref="PersonalQuestion"/> for a page, asked as the API asks it.</summary>
internal sealed class PersonalFinds(Asking.Rooms rooms)
{
    public const int Most = 1_000;

    /// <param name="wanted">Parameters as those of the API.</param>
    /// <exception cref="QueryException">It took too long, or memory ran out.</exception>
    /// <exception cref="Store.StoreException">The store cannot be asked at present.</exception>
    public async Task<PersonalFound> FindAsync(Caller caller, Dictionary<string, StringValues> wanted, CancellationToken stop)
    {
        var parameters = new QueryParameters(new QueryCollection(wanted));
        var asking = new Asking(rooms, caller, parameters);
        var question = Asking.Personal(asking);
        if (asking.Missing is not null) return new PersonalFound([], ["thing"]);
        if (question is null || parameters.IsWrong) return new PersonalFound([], parameters.Wrongs);
        var turns = rooms.Queries.Turns;
        if (turns.Enter(caller.Name) != Admission.Admitted) return new PersonalFound([], [], IsBusy: true);
        try
        {
            return await AskAsync(caller, question, stop);
        }
        finally
        {
            turns.Leave(caller.Name);
        }
    }

    private async Task<PersonalFound> AskAsync(Caller caller, Question question, CancellationToken stop)
    {
        var found = new List<PersonalSeries>();
        using var late = rooms.Queries.AnswerDeadline();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        await rooms.Queries.UpToDateAsync(question, either.Token);
        Place? place = question.Start();
        while (place is { } here && found.Count <= Most)
        {
            // Anew for each: what a portion has gathered is discarded when it is asked again.
            using var rows = new GatheredRows(question.Columns);
            place = (await rooms.Queries.AskAsync(caller.Name, question, here, Most + 1 - found.Count, rows, either.Token)).Next;
            found.AddRange(Read(rows.Columns));
        }
        return new PersonalFound([.. found.Take(Most)], [], IsCut: found.Count > Most);
    }

    private static IEnumerable<PersonalSeries> Read(ColumnRows rows)
    {
        List<T> Cells<T>(string name, Func<ColumnRows.Gathered, List<T>> of) => of(rows.All.First(column => column.Name == name));
        var (things, properties, classes) = (Cells("thing", Texts), Cells("property", Texts), Cells("dataClass", Texts));
        var (sensitive, counts) = (Cells("sensitive", column => ((ColumnRows.Flags)column).Cells), Cells("count", column => ((ColumnRows.Numbers)column).Cells));
        var (first, last) = (Cells("from", Times), Cells("to", Times));
        for (var i = 0; i < rows.Rows; i++)
            yield return new PersonalSeries(ThingId.Parse(things[i]!, null), properties[i]!, classes[i]!, sensitive[i], (long)counts[i]!.Value, first[i], last[i]);
    }

    private static List<string?> Texts(ColumnRows.Gathered column) => ((ColumnRows.Texts)column).Cells;

    private static List<Timestamp> Times(ColumnRows.Gathered column) => ((ColumnRows.Instants)column).Cells;
}
