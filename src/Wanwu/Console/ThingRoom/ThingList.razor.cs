using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web.Virtualization;
using Microsoft.AspNetCore.WebUtilities;
using MudBlazor;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>The list of things: any number of them, a window at a time.</summary>
public sealed partial class ThingList(NavigationManager navigation, IServiceProvider services) : IDisposable
{
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(150);
    private const int MostSelected = 500;

    private readonly ThingSearch _search = services.GetRequiredService<ThingSearch>();
    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly Places _places = services.GetRequiredService<Places>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    private readonly HashSet<ThingId> _selected = [];
    private readonly CancellationTokenSource _gone = new();
    private Virtualize<ListedThing>? _rows;
    private ThingQuery _query = new();
    private ThingSelection? _selection;
    private Caller? _caller;
    private CancellationTokenSource? _typing;
    private int _count;
    private bool _loaded;
    private bool _mayChange;
    private bool _mayReadObservations;

    [Inject] internal Figures Figures { get; set; } = default!;

    private IReadOnlyList<ThingColumn> Columns => [.. ThingColumn.All.Where(column => _query.Shows(column.Key))];
    private string CountText => _loaded ? W["list.count", Figures.Count(_count)] : "";
    /// <summary>The observations of what is listed, or of what is selected.</summary>
    private string ObservationExport =>
        $"api/v1/observations/export?{(_selected.Count > 0 ? string.Concat(_selected.Select(id => $"thing={id}&")) : _query.ToQuestion())}format=";

    private string SelectionExport => $"things/export.csv?ids={string.Join(',', _selected)}";

    protected override async Task OnInitializedAsync()
    {
        _query = ThingQuery.Read(Parts(navigation.Uri));
        navigation.LocationChanged += OnMoved;
        _caller = await _visitor.CallerAsync();
        _mayChange = await _visitor.MayAsync(Permission.ChangeThings);
        _mayReadObservations = await _visitor.MayAsync(Permission.ReadObservations);
        List();
    }

    private static QueryCollection Parts(string address) => new(QueryHelpers.ParseQuery(new Uri(address).Query));

    // A hundred thousand things take some ten milliseconds to choose from and four bytes each to hold.
    private void List()
    {
        _selection = _search.Select(_query.ToFilter(), _query.ToSort(W.Culture.Name), _query.Descending, _rules.Visible(_caller!));
        (_count, _loaded) = (_selection.Count, true);
    }

    private ValueTask<ItemsProviderResult<ListedThing>> ReadAsync(ItemsProviderRequest request)
    {
        var window = _selection!.Window(request.StartIndex, request.Count)
            .Select((entry, at) => new ListedThing(request.StartIndex + at, _things.Find(entry.Id) ?? entry, entry.Name.For(W.Culture)));
        return new(new ItemsProviderResult<ListedThing>([.. window], _count));
    }

    private void OnMoved(object? sender, LocationChangedEventArgs moved)
    {
        if (new Uri(moved.Location).AbsolutePath == "/things") _ = InvokeAsync(() => ShowAsync(ThingQuery.Read(Parts(moved.Location))));
    }

    private async Task ShowAsync(ThingQuery query)
    {
        var same = query.ListsSameAs(_query);
        _query = query;
        if (!same)
        {
            List();
            if (_rows is not null) await _rows.RefreshDataAsync();
        }
        StateHasChanged();
    }

    private string? Picked(string key) => _query.Filter(key) is { Length: > 0 } picked ? picked : null;

    private void Go(ThingQuery query) => navigation.NavigateTo("things" + query.ToQuery(), replace: true);

    private async Task FilterSoonAsync(string key, ChangeEventArgs typed)
    {
        if (_typing is not null) await _typing.CancelAsync();
        _typing?.Dispose();
        _typing = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token);
        try
        {
            await Task.Delay(TypingPause, _clock, _typing.Token);
            Go(_query.With(key, typed.Value as string));
        }
        catch (OperationCanceledException)
        {
            // More was typed, or the page was left.
        }
    }

    private string SortGlyph(string column) => _query.Sort != column ? Icons.Material.Outlined.UnfoldMore
        : _query.Descending ? Icons.Material.Outlined.ArrowDownward : Icons.Material.Outlined.ArrowUpward;

    private IEnumerable<(string Value, string Text)> Choices(FilterKind kind) => kind == FilterKind.Model
        ? _things.Models.Values.Select(model => (model.Id, model.Model.Title?.For(W.Culture) ?? model.Id)).OrderBy(model => model.Item2, StringComparer.Ordinal)
        : Enum.GetValues<Lifecycle>().Select(lifecycle => (lifecycle.Text(), W.Of("lifecycle", lifecycle.Text()))).Append((ThingQuery.Quarantined, W["thing.quarantined"]));

    private void Select(ThingId thing)
    {
        if (!_selected.Remove(thing) && _selected.Count < MostSelected) _selected.Add(thing);
    }

    private void ClearSelection() => _selected.Clear();

    public void Dispose()
    {
        navigation.LocationChanged -= OnMoved;
        _gone.Cancel();
        _gone.Dispose();
        _typing?.Dispose();
    }
}

/// <summary>A row of the list: where it stands, the thing as it is now, its name in the reader's language.</summary>
internal readonly record struct ListedThing(int Index, ThingEntry Entry, string Name);
