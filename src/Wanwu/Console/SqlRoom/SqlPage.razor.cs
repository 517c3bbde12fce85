using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Microsoft.JSInterop;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Sql;
using Wanwu.Telemetry.Sql.Saved;
using Wanwu.Telemetry.Store;

namespace Wanwu.Console.SqlRoom;

/// <summary>SQL in the console: written, run, looked at and kept. The text stays in the browser until the field is left or the query is run.</summary>
public sealed partial class SqlPage(IServiceProvider services, NavigationManager navigation, IJSRuntime script)
{
    private const int MostShown = 10_000;

    private readonly SqlQueries _sql = services.GetRequiredService<SqlQueries>();
    private readonly SqlParser _parser = services.GetRequiredService<SqlParser>();
    private readonly SqlOptions _options = services.GetRequiredService<IOptions<SqlOptions>>().Value;
    private readonly SavedQueries _store = services.GetRequiredService<SavedQueries>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly string _home = services.GetRequiredService<IOptions<RegistryOptions>>().Value.TimeZone;
    private readonly CancellationTokenSource _gone = new();
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private string _text = "", _zone = "UTC", _name = "";
    private string _ranText = "", _ranParameters = "{}", _ranZone = "UTC";
    private IReadOnlyList<string> _names = [], _zones = [];
    private IReadOnlyList<SavedQuery> _queries = [];
    private List<RowOfTable> _rows = [];
    private SavedQuery? _saved;
    private SqlTable? _table;
    private SqlAnswer? _answer;
    private ChartData? _picture, _wholePicture;
    private CancellationTokenSource? _running;
    private ElementReference _room;
    private IJSObjectReference? _module;
    private string? _refusal, _saveText, _shown;
    private bool _asChart, _isShared, _saveFailed;

    [SupplyParameterFromQuery(Name = "query")] public string? Query { get; set; }
    [SupplyParameterFromQuery(Name = "example")] public string? Example { get; set; }
    [Inject] internal Figures Figures { get; set; } = default!;

    private string ResultText => _answer is not { } answer ? "" : string.Join(" · ",
        new[] { W["sql.rows", Figures.Count(answer.Rows)], W["sql.took", Figures.Number(answer.Took.TotalSeconds, 3)], answer.Cut is null ? "" : W["sql.cut"] }.Where(text => text.Length > 0));

    protected override async Task OnParametersSetAsync()
    {
        if (_shown == $"{Query}?{Example}") return;
        _shown = $"{Query}?{Example}";
        var caller = await _visitor.CallerAsync();
        _zones = [.. new[] { _home, "UTC", "Asia/Shanghai", "Asia/Taipei", "Asia/Hong_Kong", "Asia/Macau" }.Distinct()];
        _queries = await _store.ListAsync(caller, _gone.Token);
        _saved = Query is null ? null : _queries.FirstOrDefault(query => query.Id == Query);
        (_saveText, _name, _isShared, _zone) = (null, _saved?.Name ?? "", _saved?.IsShared ?? false, _saved?.Zone ?? _home);
        if (!_zones.Contains(_zone)) _zones = [_zone, .. _zones];
        var example = SqlExample.All.FirstOrDefault(known => known.Key == Example) ?? SqlExample.All[0];
        TakeValues(_saved?.Parameters ?? "{}");
        Edit(_saved?.Text ?? (Query is null ? example.Text : ""));
        if (Query is not null && _saved is null) _refusal = W["sql.gone"];
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        try
        {
            _module = await script.InvokeAsync<IJSObjectReference>("import", "./js/sql.js");
            await _module.InvokeVoidAsync("attach", _room);
        }
        catch (Exception gone) when (gone is JSDisconnectedException or OperationCanceledException)
        {
            // The browser went meanwhile.
        }
    }

    private void TakeValues(string parameters)
    {
        _values.Clear();
        using var document = JsonDocument.Parse(parameters);
        foreach (var member in document.RootElement.EnumerateObject())
            _values[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText();
    }

    private void Edit(string text)
    {
        (_text, _refusal) = (text, null);
        if (_parser.Read(text).Statement is { } statement) _names = [.. statement.Parameters.Order(StringComparer.Ordinal)];
    }

    /// <summary>What is a number, true, false or null in JSON is that; all else is a text.</summary>
    private Dictionary<string, JsonElement> Parameters() => _names.ToDictionary(name => name, name =>
    {
        var text = _values.GetValueOrDefault(name, "");
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) || text is "true" or "false" or "null"
            ? TryParse(text) ?? JsonSerializer.SerializeToElement(text) : JsonSerializer.SerializeToElement(text);
    });

    private static JsonElement? TryParse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task RunAsync()
    {
        if (_running is not null || !await _visitor.MayAsync(Permission.QuerySql) || !TimeZones.TryFind(_zone, out var zone)) return;
        var request = new SqlRequest(_text, Parameters(), Math.Min(MostShown, _options.MaxRows), zone, W.Culture);
        using var running = _running = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token);
        (_refusal, _saveText) = (null, null);
        try
        {
            var (answer, refusal) = await _sql.RunAsync(request, await _visitor.CallerAsync(), () => new SqlTable(), running.Token);
            if (refusal is not null) _refusal = TextOf(refusal);
            else Show(request, answer!);
        }
        catch (OperationCanceledException)
        {
            _refusal = W["sql.cancelled"];
        }
        catch (StoreException fault)
        {
            _refusal = fault.Message;
        }
        finally
        {
            _running = null;
        }
    }

    private static string TextOf(SqlRefusal refusal) => refusal.Line is { } line ? $"{line}:{refusal.Column ?? 1} · {refusal.Message}" : refusal.Message;

    private void Show(SqlRequest request, SqlAnswer answer)
    {
        (_answer, _table, _ranText, _ranZone) = (answer, (SqlTable)answer.Output, request.Text, request.Zone.Id);
        _ranParameters = JsonSerializer.Serialize(request.Parameters);
        _rows = [.. _table.Rows.Select((cells, index) => new RowOfTable(index, cells))];
        _wholePicture = _picture = SqlPicture.Of(_table, request.Zone);
        _asChart &= _picture is not null;
    }

    private string CellText(object? cell) => cell switch
    {
        null => Figures.None,
        double number => Figures.Number(number, 10),
        long number => Figures.Count(number),
        int number => Figures.Count(number),
        SqlTime => SqlCell.Text(cell, RanZone)[..19].Replace('T', ' '),
        _ => SqlCell.Text(cell, RanZone),
    };

    private TimeZoneInfo RanZone => TimeZones.TryFind(_ranZone, out var zone) ? zone : TimeZoneInfo.Utc;

    /// <summary>What the cell leaves out, for hovering: the zone of a time, the end of a long text.</summary>
    private string? Exact(object? cell, string text) => cell is SqlTime ? SqlCell.Text(cell, RanZone) : text.Length > 40 ? text : null;

    private Task CancelAsync() => _running?.CancelAsync() ?? Task.CompletedTask;

    private void Zoom((double From, double To) range) => _picture = _picture! with { From = range.From, To = range.To };

    private void ZoomBack() => _picture = _wholePicture;

    private async Task SaveAsync()
    {
        (_saveFailed, _saveText) = (true, null);
        if (!await _visitor.MayAsync(Permission.QuerySql)) return;
        if (_name.Trim().Length == 0) _saveText = W["sql.nameMissing"];
        else if (_parser.Read(_text).Refusal is { } refusal) _saveText = TextOf(refusal);
        else await KeepAsync(new QueryDraft(_name.Trim(), _text, JsonSerializer.Serialize(Parameters()), _zone, _isShared), await _visitor.CallerAsync());
    }

    private async Task KeepAsync(QueryDraft draft, Caller caller)
    {
        if (_saved is { Mine: true } mine)
        {
            var outcome = await _store.ChangeAsync(mine.Id, draft, mine.Revision, caller, _gone.Token);
            (_saveFailed, _saveText) = (outcome != SaveOutcome.Saved, W[outcome == SaveOutcome.Saved ? "sql.saved" : outcome == SaveOutcome.Stale ? "sql.stale" : "sql.gone"]);
            if (_saveFailed) return;
            _queries = await _store.ListAsync(caller, _gone.Token);
            _saved = _queries.FirstOrDefault(query => query.Id == mine.Id);
            return;
        }
        var (_, id) = await _store.CreateAsync(draft, caller, _gone.Token);
        if (id is null) _saveText = W["sql.full", SavedQueries.Most];
        else navigation.NavigateTo($"sql?query={id}");
    }

    private async Task RemoveAsync()
    {
        if (_saved is null || !await _visitor.MayAsync(Permission.QuerySql)) return;
        var outcome = await _store.RemoveAsync(_saved.Id, _saved.Revision, await _visitor.CallerAsync(), _gone.Token);
        if (outcome is SaveOutcome.Saved or SaveOutcome.NotFound) navigation.NavigateTo("sql");
        else (_saveFailed, _saveText) = (true, W["sql.stale"]);
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        _gone.Dispose();
        try
        {
            if (_module is not null) await _module.DisposeAsync();
        }
        catch (Exception gone) when (gone is JSDisconnectedException or OperationCanceledException)
        {
            // The browser is gone, and its script with it.
        }
    }
}

/// <summary>A row of the answer, and where it stands.</summary>
internal readonly record struct RowOfTable(int Index, object?[] Cells);
