using System.Globalization;
using System.Text.Json.Serialization;
using Wanwu.Registry.Regions;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>A thing as the API shows it.</summary>
/// <param name="Id">The platform's own name for the thing: 26 letters and digits.</param>
/// <param name="Name">In the language the request asked for (Accept-Language), else the nearest there is.</param>
/// <param name="Names">In every language given: zh-Hant, zh-Hans, en.</param>
/// <param name="Sector">Field of work, which is that of the model.</param>
/// <param name="TimeZone">IANA name of the zone in which the thing's days begin.</param>
/// <param name="Revision">Grows with every change; the ETag.</param>
/// <param name="Quarantine">Why nothing is taken from the thing; not there when it is.</param>
/// <param name="FormerCredentialsEnd">Until when the former password holds besides the new one.</param>
/// <param name="Credentials">Only in the answer that made them.</param>
/// <param name="Warnings">What was taken and looks odd; only in the answer to what gave it.</param>
internal sealed record ThingView(
    ThingId Id,
    string Name,
    IReadOnlyDictionary<string, string> Names,
    string? Model,
    Lifecycle Lifecycle,
    string? Organisation,
    string? Region,
    string? Sector,
    string TimeZone,
    PlaceView? Place,
    ThingId? Gateway,
    IReadOnlyList<IdentifierView> Identifiers,
    IReadOnlyDictionary<string, string> Labels,
    Timestamp Created,
    Timestamp Changed,
    int Revision,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] QuarantineView? Quarantine = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Timestamp? FormerCredentialsEnd = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CredentialsView? Credentials = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Warnings = null)
{
    /// <summary>The same, with what is odd about the region that was given.</summary>
    public ThingView After(ThingDraft draft) => draft.Region.Value is { } given && RegionTable.DoubtOf(given) is { } doubt ? this with { Warnings = [doubt] } : this;

    public static ThingView Of(ThingEntry thing, string? password = null) => new(
        thing.Id,
        thing.Name.For(CultureInfo.CurrentUICulture),
        NamesOf(thing.Name),
        thing.Model?.Id,
        thing.Lifecycle,
        thing.Organisation,
        thing.Region,
        thing.Sector,
        thing.Zone.Id,
        thing.Place is { } place ? new PlaceView(place.Lat, place.Lon) : null,
        thing.Gateway,
        [.. thing.Identifiers.Select(identifier => new IdentifierView(identifier.Scheme, identifier.Value, identifier.Raw == identifier.Value ? null : identifier.Raw))],
        thing.Labels,
        thing.Created,
        thing.Changed,
        thing.Revision,
        thing.Quarantine is { } quarantine ? new QuarantineView(quarantine.Reason, quarantine.Since, quarantine.By) : null,
        thing.Former?.Ends,
        password is null ? null : new CredentialsView(thing.Id.ToString(), password));

    internal static Dictionary<string, string> NamesOf(LocalizedText name)
    {
        Dictionary<string, string> names = [];
        if (name.TraditionalChinese is { } hant) names.Add("zh-Hant", hant);
        if (name.SimplifiedChinese is { } hans) names.Add("zh-Hans", hans);
        if (name.English is { } en) names.Add("en", en);
        return names;
    }
}

/// <summary>Since when, by whom and why nothing is taken from a thing.</summary>
internal sealed record QuarantineView(string Reason, Timestamp Since, string By);

/// <summary>Degrees on WGS-84.</summary>
internal sealed record PlaceView(double Lat, double Lon);

/// <param name="Raw">The text as it was given, where that differs from the canonical value.</param>
internal sealed record IdentifierView(string Scheme, string Value, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Raw);

/// <summary>What the thing signs in with, over MQTT or HTTP basic. Shown once; kept only as a hash.</summary>
internal sealed record CredentialsView(string Username, string Password);

/// <summary>New credentials, and until when the former password holds besides; null: it has ended.</summary>
internal sealed record NewCredentialsView(string Username, string Password, Timestamp? FormerEnds);

/// <param name="Next">Cursor of the next page, or null on the last.</param>
/// <param name="Total">How many things the filter takes; only when asked for with <c>count=true</c>.</param>
internal sealed record ThingListView(
    IReadOnlyList<ThingView> Items, string? Next, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Total);

/// <summary>Body of <c>POST /api/v1/things</c>. All but the name may be left out.</summary>
/// <param name="Name">A text, or an object with zh-Hant, zh-Hans, en.</param>
internal sealed record CreateThing(
    LocalizedText Name, string? Model, IReadOnlyList<IdentifierView>? Identifiers, string? Organisation, string? Region, PlaceView? Place,
    IReadOnlyDictionary<string, string>? Labels, Lifecycle? Lifecycle, ThingId? Gateway, string? TimeZone);

/// <summary>Body of <c>PATCH /api/v1/things/{id}</c> (RFC 7396): what is left out stays, null takes away.</summary>
internal sealed record ChangeThing(
    LocalizedText? Name, string? Model, IReadOnlyList<IdentifierView>? Identifiers, string? Organisation, string? Region, PlaceView? Place,
    IReadOnlyDictionary<string, string?>? Labels, Lifecycle? Lifecycle, ThingId? Gateway, string? TimeZone);

/// <summary>Answers in the order of the request, each a thing created or what is wrong with it.</summary>
internal sealed record CreatedThingsView(IReadOnlyList<CreatedThingView> Items, int Created, int Refused);

/// <param name="Status">The HTTP status the thing would have been answered with by itself.</param>
internal sealed record CreatedThingView(
    int Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ThingId? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CredentialsView? Credentials,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string[]>? Errors);
