using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>A change that waits: until its time both what was and what will be hold, and the longer counts.</summary>
/// <param name="Policy">What the policy becomes; null when it goes.</param>
internal sealed record PendingChange(RetentionPolicy? Policy, Timestamp Effective, string By);

/// <summary>A policy with what is to become of it.</summary>
/// <param name="Policy">What holds; null while it is new and waits.</param>
internal sealed record PolicyEntry(string Id, int Revision, Timestamp Changed, RetentionPolicy? Policy, PendingChange? Pending)
{
    /// <summary>What holds at a time to come, if nothing else is changed.</summary>
    public RetentionPolicy? At(Timestamp time) => Pending is { } change && change.Effective <= time ? change.Policy : Policy;

    /// <summary>The same with the change made, if its time has come.</summary>
    public PolicyEntry AsOf(Timestamp now) => Pending is { } change && change.Effective <= now ? this with { Policy = change.Policy, Pending = null } : this;
}

/// <summary>Every policy and every hold. Immutable; a change makes new ones.</summary>
internal sealed record RetentionRules(IReadOnlyList<PolicyEntry> Policies, IReadOnlyList<LegalHold> Holds)
{
    public static readonly RetentionRules None = new([], []);

    public IEnumerable<LegalHold> Standing => Holds.Where(hold => hold.Lifted is null);

    /// <summary>The policies of now, and of each time to come at which one changes.</summary>
    public List<PolicySet> SetsFrom(Timestamp now)
    {
        List<Timestamp> times = [now, .. Policies.Where(entry => entry.Pending is { } change && change.Effective > now).Select(entry => entry.Pending!.Effective).Distinct().Order()];
        return [.. times.Select(time => new PolicySet(Policies.Select(entry => entry.At(time)).OfType<RetentionPolicy>()))];
    }

    public PolicyEntry? Find(string id) => Policies.FirstOrDefault(entry => entry.Id == id);

    /// <summary>The rules as they would be with a policy in its new form at once, and nothing waiting for it.</summary>
    public RetentionRules With(string id, RetentionPolicy? policy, Timestamp now) => this with
    {
        Policies = [.. Policies.Where(entry => entry.Id != id), new PolicyEntry(id, 0, now, policy, null)],
    };
}
