namespace Wanwu.Security.Audit;

/// <summary>What an endpoint does, for the trail. Every endpoint that changes something declares it; a test finds the one that does not.</summary>
/// <param name="Code">As <c>mqtt.kick</c>.</param>
/// <param name="IsRecordedWithin">The code that makes the change records it, before and after included; here only what was refused or failed is.</param>
internal sealed record AuditAction(string Code, bool IsRecordedWithin = false)
{
    /// <summary>Type of the object: the first part of the code.</summary>
    public string ObjectType => Code.Split('.')[0];
}

/// <summary>Says why an endpoint that is not a mere read needs no record.</summary>
/// <param name="IsCounted">Device traffic: not even its refusals are recorded one by one.</param>
internal sealed record NotAudited(string Reason, bool IsCounted = false);

internal static class AuditDeclarations
{
    /// <summary>The request itself is recorded, done or not.</summary>
    public static T Audited<T>(this T endpoint, string code) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new AuditAction(code));

    /// <summary>The change is recorded where it is made; the request only when it is refused or fails.</summary>
    public static T AuditedWithin<T>(this T endpoint, string code) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new AuditAction(code, IsRecordedWithin: true));

    /// <param name="reason">For whoever reads the code.</param>
    public static T NotAudited<T>(this T endpoint, string reason) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new NotAudited(reason));

    /// <summary>What devices send is counted by its door, refusals included.</summary>
    public static T CountedOnly<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new NotAudited("Device traffic is counted.", IsCounted: true));
}
