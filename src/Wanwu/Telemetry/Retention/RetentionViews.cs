using System.Text.Json.Serialization;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>What a policy says. Null names everything, or is for ever; of <paramref name="RollupsFor"/> as long as observations.</summary>
internal sealed record PolicyTermsView(string? Note, string? Property, string? Model, string? Organisation, string? ColdFor, string? RollupsFor)
{
    public static PolicyTermsView? Of(RetentionPolicy? policy) => policy is null
        ? null
        : new(policy.Note, policy.Property, policy.Model, policy.Organisation, policy.ColdFor?.ToString(), policy.RollupsFor?.ToString());
}

/// <param name="Policy">What it becomes; null when it ends.</param>
/// <param name="Effective">From then on alone; until then what was counts too, and the longer holds.</param>
internal sealed record PendingView(PolicyTermsView? Policy, Timestamp Effective, string By);

/// <param name="Policy">What holds; null while the policy is new and waits.</param>
internal sealed record PolicyView(
    string Id, int Revision, Timestamp Changed, PolicyTermsView? Policy, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PendingView? Pending)
{
    public static PolicyView Of(PolicyEntry entry, Timestamp now)
    {
        var one = entry.AsOf(now);
        return new(one.Id, one.Revision, one.Changed, PolicyTermsView.Of(one.Policy),
            one.Pending is { } change ? new PendingView(PolicyTermsView.Of(change.Policy), change.Effective, change.By) : null);
    }
}

/// <param name="HotForHours">How long a day stays in the hot store after its end: a setting of the installation.</param>
/// <param name="GraceHours">How long a change of a policy waits.</param>
/// <param name="Items">In the order in which they are asked: the first that takes a series holds.</param>
internal sealed record PoliciesView(int HotForHours, int GraceHours, IReadOnlyList<PolicyView> Items);

internal sealed record HoldView(
    string Id, string Reason, IReadOnlyList<string> Things, IReadOnlyList<string> Models, IReadOnlyList<string> Organisations, IReadOnlyList<string> Properties,
    Timestamp? From, Timestamp? To, Timestamp Placed, string PlacedBy, Timestamp? Lifted, string? LiftedBy, string? LiftReason)
{
    public static HoldView Of(LegalHold hold) => new(hold.Id, hold.Reason, hold.Things, hold.Models, hold.Organisations, hold.Properties, hold.From, hold.To,
        hold.Placed, hold.PlacedBy, hold.Lifted, hold.LiftedBy, hold.LiftReason);
}

/// <summary>Body of <c>PUT /api/v1/retention/policies/{id}</c>.</summary>
internal sealed record PutPolicy(string? Note, string? Property, string? Model, string? Organisation, string? ColdFor, string? RollupsFor);

/// <summary>Body of <c>POST /api/v1/retention/holds</c>.</summary>
internal sealed record PlaceHold(
    string Reason, IReadOnlyList<string>? Things, IReadOnlyList<string>? Models, IReadOnlyList<string>? Organisations, IReadOnlyList<string>? Properties, Timestamp? From, Timestamp? To);

/// <summary>Body of <c>POST /api/v1/retention/holds/{id}/lift</c>.</summary>
internal sealed record LiftHold(string Reason);
