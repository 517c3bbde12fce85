using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>Makes a model of what a thing without one has reported, and gives it to the thing.</summary>
public sealed partial class MakeModel(IServiceProvider services, NavigationManager navigation)
{
    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly ThingChanges _changes = services.GetRequiredService<ThingChanges>();
    private readonly ModelChanges _models = services.GetRequiredService<ModelChanges>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly SightedValues _values = services.GetRequiredService<SightedValues>();
    private ThingEntry? _thing;
    private List<SeenProperty> _seen = [];
    private string _modelId = "";
    private string _name = "";
    private string? _idFault;

    [Parameter] public string Id { get; set; } = "";
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    protected override async Task OnInitializedAsync()
    {
        if (!ThingId.TryParse(Id, null, out var id) || _things.Find(id) is not { } thing) return;
        if (!await _visitor.MayEverywhereAsync(Permission.ChangeThings)) return;
        _thing = thing;
        _name = thing.Name.For(W.Culture);
        _modelId = ModelRules.IdOf(thing.Name.For("en"));
        _seen = [.. _values.Latest(await _visitor.CallerAsync(), thing).Select(value => new SeenProperty(value.Observation)).Where(seen => seen.Kind != ValueKind.None)];
    }

    private async Task MakeAsync()
    {
        _idFault = ModelRules.FaultOfId(_modelId = _modelId.Trim());
        foreach (var property in _seen) property.Check();
        if (_idFault is not null || _seen.Any(property => property is { Included: true, Fault: not null })) return;
        if (!LocalizedText.TryCreate(_name, _name, _name, out var title, out _)) title = _thing!.Name;

        if (!await _visitor.MayEverywhereAsync(Permission.ChangeThings)) return;
        var draft = new ThingModelDraft { Title = title };
        foreach (var property in _seen.Where(property => property.Included)) draft.Properties.Add(property.ToDraft());
        if (await _models.PutAsync(_modelId, draft.ToModel(), version: 0, CancellationToken.None) == ModelOutcome.Taken)
        {
            _idFault = W["model.taken", _modelId];
            return;
        }
        var result = await _changes.ChangeAsync(_thing!.Id, new ThingDraft { Model = _modelId, Reach = new ThingReach(_rules, _things, await _visitor.CallerAsync()) }, null, CancellationToken.None);
        if (result.Outcome == ThingOutcome.Done) navigation.NavigateTo($"things/{Id}");
        else _idFault = string.Join(' ', result.Faults?.All.SelectMany(fault => fault.Value) ?? []);
    }
}

/// <summary>A property as it was seen, with what a person adds to it.</summary>
internal sealed class SeenProperty(Observation latest)
{
    private UcumUnit? _unit;

    public PropertyName Name { get; } = latest.Series.Property;
    // One value says little of what may come: a whole number is taken for a number.
    public ValueKind Kind { get; } = latest.Value.Kind == ValueKind.Integer ? ValueKind.Number : latest.Value.Kind;
    public Value Latest { get; } = latest.Value;
    public bool Included { get; set; } = true;
    public string? Unit { get; set; }
    public string? Fault { get; private set; }
    public bool IsNumeric => Kind == ValueKind.Number;

    public void Check()
    {
        (_unit, Fault) = (null, null);
        if (IsNumeric && !string.IsNullOrWhiteSpace(Unit) && !UcumUnit.TryParse(Unit.Trim(), out _unit, out var fault)) Fault = fault.ToString();
    }

    public PropertyDraft ToDraft() => new(Name, Kind) { Unit = _unit };
}
