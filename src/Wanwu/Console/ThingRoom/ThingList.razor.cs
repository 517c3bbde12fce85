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

    private readonly ThingListings _listings = services.GetRequiredService<ThingListings>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    private readonly HashSet<ThingId> _selected = [];
    private readonly CancellationTokenSource _gone = new();
    private Virtualize<ListedThing>? _rows;
    private ThingQuery _query = new();
    private ThingListing? _listing;
    private Caller? _caller;
    private CancellationTokenSource? _typing;
    private int _count;
    private bool _loaded;
    private bool _mayChange;

    [Inject] internal Figures Figures { get; set; } = default!;

    private IReadOnlyList<ThingColumn> Columns => [.. ThingColumn.All.Where(column => _query.Shows(column.Key))];
    private static IEnumerable<string> Lifecycles => Enum.GetValues<Lifecycle>().Select(lifecycle => lifecycle.Text());
    private string CountText => _loaded ? W["list.count", Figures.Count(_count)] : "";
    private string SelectionExport => $"things/export.csv?ids={string.Join(',', _selected)}";

    protected override async Task OnInitializedAsync()
    {
        _query = ThingQuery.Read(Parts(navigation.Uri));
        navigation.LocationChanged += OnMoved;
        _caller = await _visitor.CallerAsync();
        _mayChange = await _visitor.MayAsync(Permission.ChangeThings);
        await ListAsync();
    }

    private static QueryCollection Parts(string address) => new(QueryHelpers.ParseQuery(new Uri(address).Query));

    private async Task ListAsync()
    {
        _listing = await _listings.ListAsync(_caller!, _query, W.Culture, _gone.Token);
        (_count, _loaded) = (_listing.Count, true);
    }

    private ValueTask<ItemsProviderResult<ListedThing>> ReadAsync(ItemsProviderRequest request)
    {
        var window = _listing?.Window(request.StartIndex, request.Count) ?? [];
        return new(new ItemsProviderResult<ListedThing>(window, _count));
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
            await ListAsync();
            if (_rows is not null) await _rows.RefreshDataAsync();
        }
        StateHasChanged();
    }

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
