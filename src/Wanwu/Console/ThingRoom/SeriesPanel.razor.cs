using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Live;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>A series as it was in a stretch of time, and as it goes on while the page is open.</summary>
public sealed partial class SeriesPanel(IServiceProvider services, NavigationManager navigation) : IDisposable
{
    // Buckets are not grown by hand: a stretch of them is read again this long after news.
    private static readonly TimeSpan ReadAgainAfter = TimeSpan.FromSeconds(5);

    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly LatestValues _latest = services.GetRequiredService<LatestValues>();
    private readonly SightedValues _values = services.GetRequiredService<SightedValues>();
    private readonly SeriesPictures _pictures = services.GetRequiredService<SeriesPictures>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly CancellationTokenSource _gone = new();
    private ThingEntry? _thing;
    private Caller? _caller;
    private PropertyFacts _facts = new("", null, null);
    private Stretch _stretch = new(Stretch.AtFirst, default, default);
    private SeriesPicture? _picture;
    private List<SeriesPoint> _newestFirst = [];
    private ChartData? _chart;
    private TimeChart? _drawing;
    private Look? _seen;
    private Timestamp _read;
    private bool _failed;
    private int _reading;
    private bool _mayCorrect;
    private (string Property, string? Period, string? From, string? To, string? Quality) _shown;
    private DateTime _from, _to;

    [Parameter, EditorRequired] public ThingId Thing { get; set; }
    [Parameter, EditorRequired] public string Property { get; set; } = "";
    [Parameter] public Look? Look { get; set; }
    // What the address says. The page reads it: a part that did so itself would change the readers' list while they are being told.
    [Parameter] public string? AskedPeriod { get; set; }
    [Parameter] public string? AskedFrom { get; set; }
    [Parameter] public string? AskedTo { get; set; }
    [Parameter] public string? AskedQuality { get; set; }
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private TimeZoneInfo Zone => _thing?.Zone ?? TimeZoneInfo.Utc;
    private string ZoneName => Zone.Id;
    private string PeriodText => _stretch.Period is { } period ? W[$"period.{period}"] : $"{Figures.Local(_stretch.From, Zone)} – {Figures.Local(_stretch.To, Zone)}";
    private string NoteText => _picture!.Every is { } every ? W["chart.buckets", every.TotalMinutes < 1 ? W["unit.seconds", every.TotalSeconds] : W["unit.minutes", every.TotalMinutes]] : W["chart.zoomHint"];
    private Observation? Now => PropertyName.TryParse(Property, null, out var name) && _latest.TryGet(Thing, name, out var latest) && _caller is not null && _thing is not null
        ? _values.Now(_caller, _thing, latest)?.Observation : null;
    private Quality? Only => QualityNames.TryParse(AskedQuality, out var only) ? only : null;
    private string CsvAddress => $"api/v1/things/{Thing}/series/{Uri.EscapeDataString(Property)}?from={Uri.EscapeDataString(_stretch.From.ToString())}&to={Uri.EscapeDataString(_stretch.To.ToString())}{(Only is { } only ? $"&quality={QualityNames.NameOf(only)}" : "")}&format=csv";

    protected override async Task OnParametersSetAsync()
    {
        var asked = (Property, AskedPeriod, AskedFrom, AskedTo, AskedQuality);
        if (asked != _shown)
        {
            _shown = asked;
            await LoadAsync();
        }
        else if (Look is not null && !ReferenceEquals(Look, _seen))
        {
            _seen = Look;
            await FollowAsync(Look.News!);
        }
    }

    private async Task LoadAsync()
    {
        _thing = _things.Find(Thing)!;
        _facts = PropertyFacts.Of(_thing, Property, W.Culture);
        _stretch = Stretch.Read(AskedPeriod, AskedFrom, AskedTo, FiguresOf.Now);
        (_from, _to) = (OnWall(_stretch.From), OnWall(_stretch.To));
        _picture = null;
        await ReadAsync();
    }

    private async Task ReadAsync()
    {
        var reading = ++_reading;
        _stretch = _stretch.At(FiguresOf.Now);
        _read = FiguresOf.Now;
        try
        {
            var caller = await _visitor.CallerAsync();
            _caller = caller;
            _mayCorrect = _rules.May(caller, Permission.Correct, _thing) && PropertyName.TryParse(Property, null, out var name) && _rules.SightOf(caller, _thing!).Of(name).IsClear;
            var picture = await _pictures.ReadAsync(caller, _thing!, Property, _stretch, Only, _gone.Token);
            // Another stretch was asked for meanwhile: its answer counts, whichever comes first.
            if (reading != _reading) return;
            _failed = false;
            _picture = picture;
            Draw(picture);
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
        catch (StoreException)
        {
            _failed = true;
        }
    }

    private void Draw(SeriesPicture picture)
    {
        _newestFirst = [.. picture.Points.Reverse()];
        if (!picture.IsNumeric)
        {
            _chart = null;
            return;
        }
        _chart = new ChartData(_facts.Title, _facts.Unit, Figures.WallClock(_stretch.From, Zone), Figures.WallClock(_stretch.To, Zone), picture.IsStep,
            [.. picture.Points.Select(PointOf)],
            picture.Every is null ? null : [.. picture.Points.Select(point => new object?[] { Figures.WallClock(point.Time, Zone), NumberOf(point.Least), NumberOf(point.Greatest) })],
            Texts());
    }

    private object?[] PointOf(SeriesPoint point) => [Figures.WallClock(point.Time, Zone), NumberOf(point.Value.AsNumber), Qualities.Text(point.Quality)];

    private static double? NumberOf(double number) => double.IsFinite(number) ? number : null;

    private Dictionary<string, string> Texts()
    {
        var texts = Enum.GetValues<Quality>().ToDictionary(Qualities.Text, quality => W.Of("quality", Qualities.Text(quality)));
        texts["true"] = W["value.true"];
        texts["false"] = W["value.false"];
        return texts;
    }

    private async Task FollowAsync(WatchNews news)
    {
        if (!_stretch.IsLive || _picture is null) return;
        var points = news.Observations.Where(observation => observation.Series.Property.ToString() == Property && (Only is null || observation.Quality == Only)).Select(SeriesPoint.Of).ToList();
        if (points.Count == 0 && !news.Incomplete) return;
        // What is behind the last point shown, or more than a watch keeps, is found by reading again.
        var plain = _drawing is not null && _picture is { Every: null, Points.Count: > 0 } && !news.Incomplete && points.All(point => point.Time >= _picture.Points[^1].Time);
        if (plain)
        {
            _stretch = _stretch.At(FiguresOf.Now);
            _picture = _picture.With(points, _stretch.From);
            _newestFirst = [.. _picture.Points.Reverse()];
            await _drawing!.AppendAsync([.. points.Select(PointOf)], Figures.WallClock(_stretch.To, Zone));
        }
        else if (_picture.Points.Count == 0 || FiguresOf.Now.Microseconds - _read.Microseconds > ReadAgainAfter.Ticks / TimeSpan.TicksPerMicrosecond)
        {
            await ReadAsync();
        }
    }

    private string PeriodAddress(string period) => navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
    {
        ["period"] = period == Stretch.AtFirst ? null : period, ["from"] = null, ["to"] = null,
    });

    private string QualityAddress(string? quality) => navigation.GetUriWithQueryParameter("quality", quality);

    private string CorrectAddress(Timestamp time) => CorrectAddress(time.ToString(), null, null);

    private string CorrectPeriodAddress => CorrectAddress(null, _stretch.From.ToString(), _stretch.To.ToString());

    private string CorrectAddress(string? at, string? from, string? to) => navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
    {
        ["tab"] = "quality", ["property"] = Property, ["at"] = at, ["from"] = from, ["to"] = to, ["period"] = null, ["quality"] = null,
    });

    private void ShowCustom() => Show(OfWall(_from), OfWall(_to));

    private void ZoomAsync((double From, double To) range) =>
        Show(OfWall(DateTime.UnixEpoch.AddMilliseconds(range.From)), OfWall(DateTime.UnixEpoch.AddMilliseconds(range.To)));

    private void ZoomBack() => navigation.NavigateTo(PeriodAddress(Stretch.AtFirst));

    private void Show(Timestamp from, Timestamp to) => navigation.NavigateTo(navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
    {
        ["period"] = null, ["from"] = from.ToString(), ["to"] = to.ToString(),
    }));

    private DateTime OnWall(Timestamp time) => DateTime.SpecifyKind(TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), Zone).DateTime, DateTimeKind.Unspecified);

    private Timestamp OfWall(DateTime wall)
    {
        wall = DateTime.SpecifyKind(wall, DateTimeKind.Unspecified);
        return Timestamp.From(new DateTimeOffset(wall, Zone.GetUtcOffset(wall)).ToUniversalTime());
    }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
