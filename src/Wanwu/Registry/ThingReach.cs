using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>How far somebody who makes or changes things may go: where a thing may come to be, and what it may be bound to.</summary>
internal sealed class ThingReach(AccessRules rules, ThingDirectory things, Caller caller, Permission permission = Permission.ChangeThings)
{
    /// <summary>Whether things of that organisation, region and model may be changed, and so made or moved there.</summary>
    public bool Has(string? organisation, string? region, string? model) =>
        rules.MayAt(caller, permission, Realm.Of(organisation, region, model is null ? null : things.Models.GetValueOrDefault(model)?.Model.Sector));

    /// <summary>Why a thing of the one model may not be given another, or none: its values would be less protected.</summary>
    public string? FaultOfModel(string? before, string? after) => before is null || before == after ? null
        : rules.FaultOfLessening(caller, things.Models.GetValueOrDefault(before), after is null ? null : things.Models.GetValueOrDefault(after)?.Model);

    /// <summary>Whether the thing may be changed. One that does not exist may not.</summary>
    public bool Has(ThingId id) => things.Find(id) is { } thing && rules.May(caller, permission, thing);

    /// <summary>Whether the caller may know of the thing.</summary>
    public bool Sees(ThingId id) => things.Find(id) is { } thing && rules.May(caller, Permission.ReadThings, thing);
}
