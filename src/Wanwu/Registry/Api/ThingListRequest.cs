using System.ComponentModel;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>The query of <c>GET /api/v1/things</c>, as texts: each is read with a fault of its own.</summary>
internal sealed record ThingListRequest(
    [property: FromQuery(Name = "limit"), Description("Things a page, 1 to 1000; 50 unless told.")] string? Limit,
    [property: FromQuery(Name = "cursor"), Description("Where the page begins: next of the page before.")] string? Cursor,
    [property: FromQuery(Name = "q"), Description("Words found anywhere in name, id or identifiers; case and width do not count.")] string? Text,
    [property: FromQuery(Name = "model")] string? Model,
    [property: FromQuery(Name = "organisation"), Description("An organisation; things of those below it count.")] string? Organisation,
    [property: FromQuery(Name = "region"), Description("GB/T 2260; a code ending in 00 takes all that lies in it.")] string? Region,
    [property: FromQuery(Name = "sector"), Description("Field of work of the model, as /api/v1/sectors lists them.")] string? Sector,
    [property: FromQuery(Name = "gateway"), Description("Things behind this gateway.")] string? Gateway,
    [property: FromQuery(Name = "lifecycle"), Description("May be given several times: any of them.")] string[]? Lifecycle,
    [property: FromQuery(Name = "quarantined"), Description("true: those from which nothing is taken; false: the others.")] string? Quarantined,
    [property: FromQuery(Name = "label"), Description("key=value, or key alone; may be given several times: all of them.")] string[]? Label,
    [property: FromQuery(Name = "identifier"), Description("scheme:value, or the value alone.")] string? Identifier,
    [property: FromQuery(Name = "sort"), Description("id (order of creation), name or changed; -name turns it round.")] string? Sort,
    [property: FromQuery(Name = "count"), Description("true: the answer says how many there are in all.")] string? Count)
{
    private const int DefaultLimit = 50, MaxLimit = 1_000, MaxText = 200;
    private static readonly string[] Known =
        ["limit", "cursor", "q", "model", "organisation", "region", "sector", "gateway", "lifecycle", "quarantined", "label", "identifier", "sort", "count"];

    public int ReadLimit(FieldFaults faults)
    {
        if (Limit is null) return DefaultLimit;
        if (int.TryParse(Limit, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is > 0 and <= MaxLimit) return limit;
        faults.Add("limit", $"Expected a number from 1 to {MaxLimit}.");
        return DefaultLimit;
    }

    public bool ReadCount(FieldFaults faults)
    {
        if (Count is not (null or "true" or "false")) faults.Add("count", "Expected true or false.");
        return Count == "true";
    }

    /// <summary>A misspelt filter would silently show everything.</summary>
    public static void RefuseUnknown(IQueryCollection query, FieldFaults faults)
    {
        foreach (var name in query.Keys)
            if (!Known.Contains(name, StringComparer.OrdinalIgnoreCase))
                faults.Add(ThingRules.Short(name), $"This parameter is not known. Known are: {string.Join(", ", Known)}.");
    }

    public (ThingSort Sort, bool Descending) ReadSort(FieldFaults faults)
    {
        var descending = Sort?.StartsWith('-') ?? false;
        ThingSort? sort = (Sort?.TrimStart('-') ?? "id") switch
        {
            "id" => ThingSort.Id,
            "changed" => ThingSort.Changed,
            "name" => LocalizedText.LanguageOf(CultureInfo.CurrentUICulture.Name) switch
            {
                "zh-Hant" => ThingSort.NameHant,
                "zh-Hans" => ThingSort.NameHans,
                _ => ThingSort.NameEn,
            },
            _ => null,
        };
        if (sort is null) faults.Add("sort", "Expected id, name or changed, or one of them after a minus sign.");
        return (sort ?? ThingSort.Id, descending);
    }

    public ThingFilter ReadFilter(FieldFaults faults)
    {
        if (Text is { Length: > MaxText }) faults.Add("q", $"At most {MaxText} characters.");
        ThingId? gateway = null;
        if (Gateway is not null)
        {
            if (ThingId.TryParse(Gateway, null, out var id)) gateway = id;
            else faults.Add("gateway", "Expected the id of a thing.");
        }
        if (Region is not null && ThingRules.FaultOfRegion(Region) is { } fault) faults.Add("region", fault);
        if (Quarantined is not (null or "true" or "false")) faults.Add("quarantined", "Expected true or false.");
        return new ThingFilter
        {
            Text = Text, Model = Model, Organisation = Organisation, Region = Region, Sector = Sector, Gateway = gateway,
            Lifecycles = ReadLifecycles(faults), Quarantined = Quarantined is null ? null : Quarantined == "true", Labels = [.. (Label ?? []).Select(ReadLabel)], Identifier = ReadIdentifier(),
        };
    }

    private List<Lifecycle> ReadLifecycles(FieldFaults faults)
    {
        List<Lifecycle> lifecycles = [];
        foreach (var text in Lifecycle ?? [])
        {
            if (LifecycleSteps.TryParse(text, out var lifecycle)) lifecycles.Add(lifecycle);
            else faults.Add("lifecycle", $"Expected one of {LifecycleSteps.Names}.");
        }
        return lifecycles;
    }

    private static KeyValuePair<string, string?> ReadLabel(string label)
    {
        var at = label.IndexOf('=', StringComparison.Ordinal);
        return at < 0 ? new(label, null) : new(label[..at], label[(at + 1)..]);
    }

    /// <summary>Brings the value into the form the scheme keeps; what the scheme refuses, no thing has.</summary>
    private (string? Scheme, string Value)? ReadIdentifier()
    {
        if (Identifier is null) return null;
        return Wanwu.Things.Identifier.TryParse(Identifier, out var identifier, out _) ? (identifier.Scheme.Name, identifier.Value) : (null, Identifier);
    }

    public ThingPosition? ReadCursor(ThingSort sort, FieldFaults faults)
    {
        if (Cursor is null) return null;
        if (ThingCursor.TryParse(Cursor, sort, out var position)) return position;
        faults.Add("cursor", "Expected next of a page of the same sort.");
        return null;
    }
}

/// <summary>A place in a sorted list as an opaque text: sort, its key, the id.</summary>
internal static class ThingCursor
{
    public static string Format(ThingSort sort, ThingEntry last)
    {
        var position = ThingPosition.Of(sort, last);
        string[] parts = [sort.ToString(), position.Name, position.Changed.ToString(CultureInfo.InvariantCulture), position.Id.ToString()];
        return System.Buffers.Text.Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(parts));
    }

    public static bool TryParse(string cursor, ThingSort sort, out ThingPosition position)
    {
        position = default;
        if (cursor.Length > 4_096 || !System.Buffers.Text.Base64Url.IsValid(cursor)) return false;
        try
        {
            var parts = JsonSerializer.Deserialize<string[]>(Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(cursor)));
            if (parts is not { Length: 4 } || parts[0] != sort.ToString() || parts[1] is null || !ThingId.TryParse(parts[3], null, out var id)) return false;
            if (!long.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var changed)) return false;
            position = new ThingPosition(parts[1], changed, id);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
