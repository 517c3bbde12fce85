using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;

namespace Wanwu.Console.OrganisationRoom;

/// <summary>The tree of organisations: what is open of it, or what a search finds, and the one that is chosen.</summary>
public sealed partial class OrganisationPage(IServiceProvider services, NavigationManager navigation)
{
    private const int MostFound = 500;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly GrantRules _grants = services.GetRequiredService<GrantRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    private readonly CancellationTokenSource _gone = new();
    private readonly HashSet<string> _open = [];
    private OrganisationTree _tree = OrganisationTree.Empty;
    private Func<string, bool> _visible = static _ => false;
    private List<ShownOrganisation> _shown = [];
    private IReadOnlyDictionary<string, int> _own = new Dictionary<string, int>(), _totals = new Dictionary<string, int>();
    private long _version = -1;
    private int _known;
    private OrganisationReach? _reach;

    /// <summary>Words to search by; in the address.</summary>
    [SupplyParameterFromQuery(Name = "q")] public string? Text { get; set; }
    /// <summary>The one that is chosen.</summary>
    [SupplyParameterFromQuery(Name = "at")] public string? At { get; set; }
    /// <summary>Below which one a new one is made; <c>top</c> for none.</summary>
    [SupplyParameterFromQuery(Name = "new")] public string? New { get; set; }
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private bool IsSearching => !string.IsNullOrWhiteSpace(Text);

    protected override async Task OnParametersSetAsync()
    {
        _reach = new OrganisationReach(_grants, await _visitor.CallerAsync());
        if (New is { } parent) _open.Add(parent);
        foreach (var above in (At ?? New) is { } chosen ? _things.Organisations.Ancestors(chosen) : []) _open.Add(above.Id);
        await RefreshAsync();
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _ = KeepLookingAsync();
    }

    private async Task KeepLookingAsync()
    {
        using var timer = new PeriodicTimer(Between, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_gone.Token))
                if (_things.Version != _version) await InvokeAsync(RefreshAsync);
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    private async Task RefreshAsync()
    {
        (_version, _tree) = (_things.Version, _things.Organisations);
        var caller = await _visitor.CallerAsync();
        _visible = _rules.VisibleOrganisations(caller);
        _own = OrganisationCounts.Own(_things.Snapshot, _rules.Visible(caller));
        _totals = _tree.Totals(_own);
        _known = _tree.All.Count(entry => _visible(entry.Id));
        // The tops of what one may see stand at the top, wherever they are in the whole.
        _shown = IsSearching ? Found() : Open();
        StateHasChanged();
    }

    private List<ShownOrganisation> Found() =>
        [.. (OrganisationSearch.Page(_tree, new OrganisationFilter { Text = Text }, _visible, null, MostFound) ?? []).Select(entry => new ShownOrganisation(entry, 0, 0))];

    private List<ShownOrganisation> Open()
    {
        List<ShownOrganisation> shown = [];
        var open = new Stack<(OrganisationEntry Entry, int Depth)>(Sorted(_tree.All.Where(entry => _visible(entry.Id) && !(entry.Parent is { } parent && _visible(parent)))).Select(entry => (entry, 0)));
        while (open.TryPop(out var next))
        {
            shown.Add(new ShownOrganisation(next.Entry, next.Depth, _tree.Branch(next.Entry.Id).Count - 1));
            if (!_open.Contains(next.Entry.Id)) continue;
            foreach (var child in Sorted(_tree.Children(next.Entry.Id))) open.Push((child, next.Depth + 1));
        }
        return shown;
    }

    /// <summary>By name, backwards: a stack turns it round.</summary>
    private IEnumerable<OrganisationEntry> Sorted(IEnumerable<OrganisationEntry> entries) =>
        entries.OrderByDescending(entry => entry.Name.For(W.Culture), StringComparer.Create(W.Culture, ignoreCase: true)).ThenByDescending(entry => entry.Id, StringComparer.Ordinal);

    private Task Toggle(string id)
    {
        if (!_open.Remove(id)) _open.Add(id);
        return RefreshAsync();
    }

    private Task Refresh() => RefreshAsync();

    private void Made(string id) => navigation.NavigateTo($"organisations?at={Uri.EscapeDataString(id)}");

    private void Search(string? text) => navigation.NavigateTo(string.IsNullOrWhiteSpace(text) ? "organisations" : $"organisations?q={Uri.EscapeDataString(text.Trim())}", replace: true);

    private string PathOf(string id) => $"organisations?{(IsSearching ? $"q={Uri.EscapeDataString(Text!)}&" : "")}at={Uri.EscapeDataString(id)}";

    private string NameOf(string id) => _tree.Find(id)?.Name.For(W.Culture) ?? id;

    private string Above(string id) => string.Join(" › ", _tree.Ancestors(id).Where(above => _visible(above.Id)).Take(3).Reverse().Select(above => above.Name.For(W.Culture)));

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}

/// <param name="Below">How many lie below it, for it to be opened.</param>
internal sealed record ShownOrganisation(OrganisationEntry Entry, int Depth, int Below);
