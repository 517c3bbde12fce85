using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Live;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>One thing: what it says now and has said, what of it was refused, how to connect it, what it is.</summary>
public sealed partial class ThingPage(IServiceProvider services, NavigationManager navigation) : IDisposable
{
    // Four looks a second at most; without news the ages are rewritten every ten seconds.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);
    private const int LooksPerAge = 40;

    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly LatestValues _latest = services.GetRequiredService<LatestValues>();
    private readonly LiveThings _live = services.GetRequiredService<LiveThings>();
    private readonly SightedValues _sighted = services.GetRequiredService<SightedValues>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    private readonly CancellationTokenSource _gone = new();
    private ThingId _id;
    private ThingEntry? _thing;
    private Caller? _caller;
    private ThingWatch? _watch;
    private Look? _look;
    private IReadOnlyList<LatestValue> _values = [];
    private Timestamp? _heard;
    private Task _looking = Task.CompletedTask;
    private int _certificates;

    [Parameter] public string Id { get; set; } = "";
    [SupplyParameterFromQuery(Name = "tab")] public string? AskedTab { get; set; }
    [SupplyParameterFromQuery(Name = "property")] public string? AskedProperty { get; set; }
    [SupplyParameterFromQuery(Name = "period")] public string? AskedPeriod { get; set; }
    [SupplyParameterFromQuery(Name = "from")] public string? AskedFrom { get; set; }
    [SupplyParameterFromQuery(Name = "to")] public string? AskedTo { get; set; }
    [SupplyParameterFromQuery(Name = "quality")] public string? AskedQuality { get; set; }
    [SupplyParameterFromQuery(Name = "at")] public string? AskedAt { get; set; }
    [SupplyParameterFromQuery(Name = "undo")] public string? AskedUndo { get; set; }
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private string Name => _thing!.Name.For(W.Culture);
    private string Tab => AskedTab is { } asked && Tabs.Contains(asked) ? asked : Tabs[0];
    private List<string> Tabs { get; set; } = ["values"];
    private bool MayMakeModel => _thing is { Model: null } && _values.Count > 0 && _rules.MayEverywhere(_caller!, Permission.ChangeThings);

    private string ChosenProperty => _values.Any(value => value.Observation.Series.Property.ToString() == AskedProperty)
        ? AskedProperty!
        : (_values.FirstOrDefault(value => !double.IsNaN(value.Observation.Value.AsNumber)) is { Observation.Series: { } series } ? series : _values[0].Observation.Series).Property.ToString();

    protected override async Task OnParametersSetAsync()
    {
        if (!ThingId.TryParse(Id, null, out var id)) return;
        if (_thing is not null && id == _id) return;
        _caller = await _visitor.CallerAsync();
        // The search may lead from one thing straight to another: the page stays, what it shows does not.
        (_id, _look, _values, _heard) = (id, null, [], null);
        _thing = _things.Find(id) is { } thing && _rules.May(_caller, Permission.ReadThings, thing) ? thing : null;
        if (_thing is null) return;
        Tabs = [.. TabsFor(_caller, _thing)];
        ReadLatest();
    }

    private IEnumerable<string> TabsFor(Caller caller, ThingEntry thing)
    {
        if (_rules.May(caller, Permission.ReadObservations, thing)) yield return "values";
        if (_rules.May(caller, Permission.ReadObservations, thing)) yield return "quality";
        if (_rules.May(caller, Permission.ReadRefused, thing)) yield return "refused";
        if (_rules.May(caller, Permission.ChangeThings, thing) && !thing.IsRetired) yield return "connect";
        yield return "identity";
        yield return "details";
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (_thing is null || _watch?.Thing == _id) return;
        var first = _watch is null;
        _watch?.Dispose();
        _watch = _live.Watch(_id);
        if (first) _looking = LookAsync();
    }

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(LookEvery, _clock);
        try
        {
            for (var looks = 1; await timer.WaitForNextTickAsync(_gone.Token); looks++)
            {
                var news = _watch!.Look();
                if (news is null && looks % LooksPerAge != 0) continue;
                _thing = _things.Find(_id) ?? _thing;
                if (news is not null) _look = new Look { News = Seen(news) };
                ReadLatest();
                StateHasChanged();
            }
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    /// <summary>As the visitor may see it, by what is granted at this moment.</summary>
    private WatchNews Seen(WatchNews news) => _rules.SightOf(_caller!, _thing!).IsClear ? news : news with
    {
        Observations = [.. news.Observations.Select(observation => _sighted.Now(_caller!, _thing!, new LatestValue(observation, default))).OfType<LatestValue>().Select(seen => seen.Observation)],
    };

    private void ReadLatest()
    {
        if (!Tabs.Contains("values") || !_latest.TryGet(_id, out var values)) return;
        _values = _sighted.Latest(_caller!, _thing!);
        _heard = values.Max(value => value.Received);
    }

    private string Address(string tab) => navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
    {
        ["tab"] = tab == Tabs[0] ? null : tab, ["at"] = null, ["undo"] = null, ["from"] = tab == Tabs[0] ? AskedFrom : null, ["to"] = tab == Tabs[0] ? AskedTo : null,
    });

    private string PropertyAddress(string property) => navigation.GetUriWithQueryParameter("property", property);

    private void Renew()
    {
        _thing = _things.Find(_id) ?? _thing;
        Tabs = [.. TabsFor(_caller!, _thing!)];
        StateHasChanged();
    }

    public void Dispose()
    {
        _gone.Cancel();
        _watch?.Dispose();
        _gone.Dispose();
    }
}
