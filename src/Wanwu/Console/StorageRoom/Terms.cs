using Wanwu.Console.Language;
using Wanwu.Telemetry.Retention;

namespace Wanwu.Console.StorageRoom;

/// <summary>Policies and holds in words.</summary>
internal static class Terms
{
    public static string Length(this Words words, KeepFor? keep) => keep is not { } time ? words["keep.forever"] : words[time.Unit switch
    {
        KeepUnit.Day => "keep.days",
        KeepUnit.Month => "keep.months",
        _ => "keep.years",
    }, time.Count];

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
