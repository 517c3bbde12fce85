using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;

namespace Wanwu.Console.ThingRoom;

/// <summary>The form that makes a thing, and goes on to its connection with the password at hand.</summary>
public sealed partial class NewThing(IServiceProvider services, NavigationManager navigation)
{
    private readonly ThingChanges _changes = services.GetRequiredService<ThingChanges>();
    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly FreshCredentials _fresh = services.GetRequiredService<FreshCredentials>();
    private readonly Places _places = services.GetRequiredService<Places>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly DraftThing _draft = new();
    private Func<string, bool> _visible = static _ => false;
    private IReadOnlyDictionary<string, string[]> _faults = new Dictionary<string, string[]>();
    private bool _saving;

    /// <summary>The reader's language first.</summary>
    private IReadOnlyList<ConsoleLanguage> NameLanguages => [.. Preferences.Languages.OrderByDescending(language => language.Code == W.Culture.Name)];
    private IEnumerable<(string Id, string Title)> Models =>
        _things.Models.Values.Select(model => (model.Id, model.Model.Title?.For(W.Culture) ?? model.Id)).OrderBy(model => model.Item2, StringComparer.Ordinal);

    protected override async Task OnInitializedAsync() => _visible = _rules.VisibleOrganisations(await _visitor.CallerAsync());

    private string? FaultOf(string member)
    {
        var faults = _faults.Where(fault => fault.Key == member || fault.Key.StartsWith(member + ".", StringComparison.Ordinal)).SelectMany(fault => fault.Value).ToList();
        return faults.Count == 0 ? null : string.Join(' ', faults);
    }

    private string? Invalid(string member) => FaultOf(member) is null ? null : "true";

    private async Task CreateAsync()
    {
        var faults = new FieldFaults();
        var draft = ThingBody.ReadNew(_draft.ToBody(), faults);
        if (!faults.IsEmpty)
        {
            _faults = faults.All;
            return;
        }
        _saving = true;
        draft.Reach = new ThingReach(_rules, _things, await _visitor.CallerAsync());
        var result = await _changes.CreateAsync(draft, CancellationToken.None);
        _saving = false;
        if (result.Outcome != ThingOutcome.Done)
        {
            _faults = result.Faults!.All;
            return;
        }
        _fresh.Keep(result.Id, result.Password!);
        navigation.NavigateTo($"things/{result.Id}?tab=connect");
    }
}
