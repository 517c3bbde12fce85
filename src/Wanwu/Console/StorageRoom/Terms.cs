using Wanwu.Console.Language;
using Wanwu.Telemetry.Retention;

namespace Wanwu.Console.StorageRoom;

/// <summary>Policies and holds in words.</summary>
internal static class Terms
{
    public static string Length(this Words words, KeepFor? keep) => keep is not { IsForever: false } time ? words["keep.forever"] : words[time.Unit switch
    {
        KeepUnit.Day => "keep.days",
        KeepUnit.Month => "keep.months",
        _ => "keep.years",
    }, time.Count];

    /// <summary>How long rollups are kept.</summary>
    public static string RollupsLength(this Words words, RetentionPolicy policy) =>
        policy.ColdFor is null ? words["keep.forever"] : policy.RollupsFor is { } keep ? words.Length(keep) : words["retention.asLong"];

    /// <summary>How long observations are kept, and rollups where it is longer.</summary>
    public static string LengthsOf(this Words words, RetentionPolicy policy) =>
        policy.RollupsFor is null ? words.Length(policy.ColdFor) : words["retention.withRollups", words.Length(policy.ColdFor), words.RollupsLength(policy)];

    /// <summary>What the policy takes.</summary>
    public static string ClassOf(this Words words, RetentionPolicy policy) =>
        policy.Id == RetentionPolicy.DefaultId ? words["retention.everything"] : words.List(policy.Property, policy.Model, policy.Organisation);

    public static string ClassOf(this Words words, LegalHold hold)
    {
        var named = hold.Things.Concat(hold.Properties).Concat(hold.Models).Concat(hold.Organisations).ToList();
        return named.Count == 0 ? words["hold.everything"] : string.Join(", ", named);
    }

    private static string List(this Words words, string? property, string? model, string? organisation) => string.Join(" · ", new[]
    {
        property is null ? null : words["retention.ofProperty", property],
        model is null ? null : words["retention.ofModel", model],
        organisation is null ? null : words["retention.ofOrganisation", organisation],
    }.OfType<string>());
}
