using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Query.Many;
using Wanwu.Things;

namespace Wanwu.Telemetry.Erasure;

/// <summary>A body on its way to be an order: which series, by the parameters of questions about many series, which time, which value, and why.</summary>
/// <remarks>Whoever orders must see all of it in clear: nothing is left out silently, for then it would stay.</remarks>
internal sealed class ErasureRequest(Asking.Rooms rooms, Caller caller)
{
    public static readonly string[] Names = ["thing", "model", "region", "organisation", "sector", "lifecycle", "label", "gateway", "q", "property", "from", "to", "value", "properties", "reason"];
    private const int MostReason = 500, MostNamed = 10;
    private const string All = "all", Personal = "personal";
    private static readonly string[] Narrowing = ["thing", "label", "organisation", "gateway", "value"];

    /// <param name="withReason">Whether to say why; a look at what would go needs none.</param>
    /// <returns>The order, or what to answer instead.</returns>
    public (ErasureOrder? Order, IResult? Problem) Read(JsonElement body, bool withReason)
    {
        var faults = new FieldFaults();
        if (ManyParameters.OfJson(body, faults) is not { } query || !faults.IsEmpty) return (null, faults.ToProblem());
        query.RefuseUnknown(Names);
        var parameters = new ManyParameters(query);
        var filter = parameters.Filter() with { IsPersonal = IsPersonal(query) };
        var (from, to) = parameters.Time();
        CheckWords(query, withReason);
        if (!Array.Exists(Narrowing, name => query.Text(name) is not null)) query.Wrong("thing", $"Say of whom: one of {string.Join(", ", Narrowing)}.");
        if (query.IsWrong) return (null, query.Problem());
        var (series, missing) = Choose(query, filter);
        if (missing is { } id) return (null, TypedResults.Problem($"There is no thing {id}.", statusCode: StatusCodes.Status404NotFound));
        if (series.Count == 0 && !query.IsWrong) query.Wrong("thing", "Nothing that you may erase was ever reported of this selection.");
        if (query.IsWrong) return (null, query.Problem());
        return Hidden(series) is { } hidden ? (null, hidden) : (OrderOf(query, series, from, to), null);
    }

    private static bool IsPersonal(QueryParameters query)
    {
        var which = query.Text("properties");
        if (which is not (null or Personal or All)) query.Fault("properties", $"{Personal} (which holds unless you say otherwise) or {All}");
        return which != All;
    }

    private static void CheckWords(QueryParameters query, bool withReason)
    {
        if (query.Text("value") is { Length: > Value.MaxTextLength }) query.Wrong("value", $"At most {Value.MaxTextLength} characters.");
        var reason = query.Text("reason")?.Trim();
        if (withReason && string.IsNullOrEmpty(reason)) query.Wrong("reason", "Say why: a request, a case, who may be asked. Name no value that is to be erased.");
        else if (reason is not null && (reason.Length > MostReason || reason.Any(char.IsControl))) query.Wrong("reason", $"Expected 1 to {MostReason} characters, none of them control characters.");
        // It stays on record for ever.
        else if (reason is not null && query.Text("value") is { Length: > 0 } value && reason.Contains(value, StringComparison.Ordinal)) query.Wrong("reason", "The reason stays on record; do not name the value in it.");
    }

    private (List<ChosenSeries> Series, ThingId? Missing) Choose(QueryParameters query, SeriesFilter filter)
    {
        var visible = rooms.Access.Visible(caller);
        var sight = new ChoiceSight(thing => visible(thing) && rooms.Access.May(caller, Permission.Erase, thing), static _ => ThingSight.Clear, WithMasked: true);
        var most = rooms.Queries.Options.MaxSeries;
        var choice = rooms.Picker.Pick(filter, sight, most, withUnreported: false);
        if (choice.IsTooMany) query.Wrong("series", string.Create(CultureInfo.InvariantCulture, $"More than {most} series. Narrow it by {ManyParameters.Series}, or give several orders."));
        return (choice.Series, choice.Missing);
    }

    private ProblemHttpResult? Hidden(List<ChosenSeries> series)
    {
        List<PropertyName> hidden = [.. series.Where(one => !rooms.Access.SightOf(caller, one.Thing).Of(one.Property).IsClear).Select(one => one.Property)];
        return hidden.Count == 0 ? null : TypedResults.Problem(string.Create(CultureInfo.InvariantCulture,
            $"You do not see all of it in clear: {hidden.Count} series, of {string.Join(", ", hidden.Distinct().Take(MostNamed))}. It takes sight of their class and, for personal values, a purpose and a legal basis."),
            statusCode: StatusCodes.Status403Forbidden);
    }

    private ErasureOrder OrderOf(QueryParameters query, List<ChosenSeries> series, Timestamp from, Timestamp to)
    {
        var now = Timestamp.Now(rooms.Clock);
        var hash = query.Text("value") is { } value ? rooms.Masks.HashOf(value) : null;
        return new ErasureOrder
        {
            Id = Guid.CreateVersion7(now.ToDateTimeOffset()).ToString("N"), Ordered = now, By = Origin.Of(caller), Reason = query.Text("reason")?.Trim() ?? "",
            Selection = Names.Where(name => name != "reason" && query.Text(name) is not null)
                .ToDictionary(name => name == "value" ? "valueHash" : name, name => name == "value" ? [hash!] : query.Texts(name)),
            Things = [.. series.GroupBy(one => one.Thing.Id, one => one.Property).Select(thing => new ErasedThing(thing.Key, [.. thing]))],
            From = from, To = to, ValueHash = hash,
        };
    }
}
