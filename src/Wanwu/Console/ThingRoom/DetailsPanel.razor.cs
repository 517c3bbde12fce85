using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>What a thing is, and the steps of its life.</summary>
public sealed partial class DetailsPanel(IServiceProvider services)
{
    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly ThingChanges _changes = services.GetRequiredService<ThingChanges>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private ThingEntry? _thing;
    private bool _mayChange;
    private string _typedName = "";
    private string? _fault;

    [Parameter, EditorRequired] public ThingId Thing { get; set; }
    /// <summary>Raised after a step.</summary>
    [Parameter] public EventCallback Changed { get; set; }
    [Inject] internal Places Places { get; set; } = default!;
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private IEnumerable<Lifecycle> Steps => Enum.GetValues<Lifecycle>().Where(step => step != _thing!.Lifecycle && _thing.Lifecycle.MayBecome(step));

    protected override async Task OnParametersSetAsync()
    {
        _thing = _things.Find(Thing);
        _mayChange = _rules.May(await _visitor.CallerAsync(), Permission.ChangeThings, _thing);
    }

    private Task BecomeAsync(Lifecycle step) => ChangeAsync(() => _changes.ChangeAsync(Thing, new ThingDraft { Lifecycle = step }, null, CancellationToken.None));

    private Task RetireAsync() => _typedName.Trim() == _thing!.Name.For(W.Culture)
        ? ChangeAsync(() => _changes.RetireAsync(Thing, null, CancellationToken.None))
        : Task.CompletedTask;

    private async Task ChangeAsync(Func<Task<ThingResult>> change)
    {
        if (!_rules.May(await _visitor.CallerAsync(), Permission.ChangeThings, _thing)) return;
        var result = await change();
        _fault = result.Outcome == ThingOutcome.Done ? null : string.Join(' ', result.Faults?.All.SelectMany(fault => fault.Value) ?? []);
        _typedName = "";
        _thing = _things.Find(Thing);
        await Changed.InvokeAsync();
    }
}
