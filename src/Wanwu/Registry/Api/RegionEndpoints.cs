using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Wanwu.Registry.Regions;
using Wanwu.Security.Access;

namespace Wanwu.Registry;

/// <param name="Name">In the language the request asked for, else the nearest there is.</param>
/// <param name="Level">province, prefecture or county.</param>
/// <param name="Parent">Code of what it lies in; null for a province.</param>
/// <param name="Until">Year and month of the last list it stood in; null while it is there.</param>
internal sealed record RegionView(string Code, string Name, IReadOnlyDictionary<string, string> Names, string Level, string? Parent, string? Until)
{
    public static RegionView Of(Region region) => new(region.Code, region.Name.For(CultureInfo.CurrentUICulture), ThingView.NamesOf(region.Name),
        region.Level switch { RegionLevel.Province => "province", RegionLevel.Prefecture => "prefecture", _ => "county" }, RegionTable.ParentOf(region.Code), region.Until);
}

/// <param name="Path">From the province down to the region itself.</param>
/// <param name="TimeZone">IANA name of the zone of things there that have none of their own.</param>
/// <param name="Children">How many lie directly in it.</param>
internal sealed record RegionDetailView(RegionView Region, IReadOnlyList<RegionView> Path, string TimeZone, int Children);

/// <param name="Version">The month as of which the list holds.</param>
internal sealed record RegionListView(IReadOnlyList<RegionView> Items, string? Next, string Version);

internal sealed record SectorView(string Id, string Name, IReadOnlyDictionary<string, string> Names);

/// <summary><c>/api/v1/regions</c> and <c>/api/v1/sectors</c>: the public lists that things are placed by.</summary>
internal static class RegionEndpoints
{
    private const int DefaultLimit = 100, MaxLimit = 1_000, MaxText = 200;

    public static void MapRegions(this IEndpointRouteBuilder routes)
    {
        var regions = routes.MapGroup("/api/v1").WithTags("Regions");
        regions.MapGet("/regions", List).RequireAuthorization(Permission.ReadThings.Policy()).Produces<RegionListView>().ProducesProblem(400)
            .WithSummary("Lists regions of GB/T 2260: the provinces, what lies directly in one (parent), or what is found by words (q).");
        regions.MapGet("/regions/{code}", Get).RequireAuthorization(Permission.ReadThings.Policy()).Produces<RegionDetailView>().ProducesProblem(404)
            .WithSummary("Reads a region and the path to it.");
        regions.MapGet("/sectors", Sectors).RequireAuthorization(Permission.ReadThings.Policy()).WithSummary("Lists the fields of work that models and organisations may have.");
    }

    private static IResult List([FromQuery] string? q, [FromQuery] string? parent, [FromQuery] string? ended, [FromQuery] string? limit, [FromQuery] string? cursor)
    {
        var faults = new FieldFaults();
        var (most, skip) = (DefaultLimit, 0);
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out most) || most is < 1 or > MaxLimit)) faults.Add("limit", $"Expected a number from 1 to {MaxLimit}.");
        if (cursor is not null && (!int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out skip) || skip > RegionTable.All.Count)) faults.Add("cursor", "Expected next of a page of the same list.");
        if (ended is not (null or "true" or "false")) faults.Add("ended", "Expected true or false.");
        if (q is { Length: > MaxText }) faults.Add("q", $"At most {MaxText} characters.");
        if (parent is not null && RegionTable.Find(parent) is null) faults.Add("parent", "Expected the code of a region, as 110000.");
        if (!faults.IsEmpty) return faults.ToProblem();

        var found = q is null ? RegionTable.Children(parent, ended == "true") : RegionTable.Search(q, ended == "true").Where(region => parent is null || RegionTable.PathOf(region.Code).Any(at => at.Code == parent));
        Region[] page = [.. found.Skip(skip).Take(most + 1)];
        return TypedResults.Ok(new RegionListView([.. page.Take(most).Select(RegionView.Of)], page.Length > most ? (skip + most).ToString(CultureInfo.InvariantCulture) : null, RegionTable.Version));
    }

    private static IResult Get(string code, TimeZones zones) => RegionTable.Find(code) is { } region
        ? TypedResults.Ok(new RegionDetailView(RegionView.Of(region), [.. RegionTable.PathOf(code).Select(RegionView.Of)], zones.Of(null, code).Id, RegionTable.Children(code).Count()))
        : TypedResults.Problem($"There is no region '{ThingRules.Short(code)}' in the list of {RegionTable.Version}.", statusCode: StatusCodes.Status404NotFound);

    /// <summary>There are a few, so the list is one page.</summary>
    private static Ok<ListView<SectorView>> Sectors() => TypedResults.Ok(new ListView<SectorView>(
        [.. Wanwu.Things.Sectors.All.Select(sector => new SectorView(sector.Id, sector.Name.For(CultureInfo.CurrentUICulture), ThingView.NamesOf(sector.Name)))], null));
}
