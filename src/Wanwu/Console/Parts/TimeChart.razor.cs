using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Wanwu.Console.Parts;

/// <summary>What a chart shows of one series. Times are milliseconds of the thing's wall clock.</summary>
/// <param name="Points">Time, number or null, quality by its name.</param>
/// <param name="Band">Time, least, greatest of each bucket; null when the points are single observations.</param>
/// <param name="Step">True for yes/no values: drawn as steps between 0 and 1.</param>
/// <param name="Words">Texts for qualities and for true and false.</param>
public sealed record ChartData(
    string Name, string? Unit, double From, double To, bool Step, IReadOnlyList<object?[]> Points, IReadOnlyList<object?[]>? Band,
    IReadOnlyDictionary<string, string> Words)
{
    /// <summary>Several lines in place of the points; null for a single series.</summary>
    public IReadOnlyList<ChartLine>? Lines { get; init; }
}

/// <summary>One of several lines.</summary>
/// <param name="Points">Time and number or null.</param>
public sealed record ChartLine(string Name, IReadOnlyList<object?[]> Points);

/// <summary>A chart over time. The picture is drawn by chart.js; the page puts a table behind it.</summary>
public sealed partial class TimeChart
{
    private ElementReference _element;
    private IJSObjectReference? _module;
    private IJSObjectReference? _chart;
    private DotNetObjectReference<TimeChart>? _self;
    private ChartData? _shown;
    private Task? _making;
    private bool _gone;

    /// <summary>What the chart shows, in words.</summary>
    [Parameter, EditorRequired] public string Label { get; set; } = "";
    [Parameter, EditorRequired] public ChartData? Data { get; set; }
    /// <summary>A stretch was dragged over: its ends in milliseconds of the wall clock.</summary>
    [Parameter] public EventCallback<(double From, double To)> Zoomed { get; set; }
    [Parameter] public EventCallback ZoomedBack { get; set; }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (Data is null || ReferenceEquals(Data, _shown) || _gone) return;
        _shown = Data;
        try
        {
            if (_making is null) await (_making = MakeAsync());
            else await _making;
            if (_chart is not null && !_gone) await _chart.InvokeVoidAsync("set", _shown);
        }
        catch (Exception gone) when (gone is JSDisconnectedException or OperationCanceledException)
        {
            // The browser went while its chart was being made.
        }
    }

    /// <remarks>The page may be left at each wait; what was made until then is put away by <see cref="DisposeAsync"/> or here.</remarks>
    private async Task MakeAsync()
    {
        _module = await Script.InvokeAsync<IJSObjectReference>("import", "./js/chart.js");
        if (_gone) return;
        _self = DotNetObjectReference.Create(this);
        _chart = await _module.InvokeAsync<IJSObjectReference?>("create", _element, _self);
    }

    /// <summary>Adds observations that have just come; the window moves on to <paramref name="to"/>.</summary>
    public async Task AppendAsync(IReadOnlyList<object?[]> points, double to)
    {
        if (_chart is not null && !_gone) await _chart.InvokeVoidAsync("append", points, to);
    }

    [JSInvokable]
    public Task ZoomTo(double from, double to) => InvokeAsync(() => Zoomed.InvokeAsync((from, to)));

    [JSInvokable]
    public Task ZoomBack() => InvokeAsync(ZoomedBack.InvokeAsync);

    public async ValueTask DisposeAsync()
    {
        _gone = true;
        try
        {
            if (_making is not null) await _making;
            if (_chart is not null)
            {
                await _chart.InvokeVoidAsync("dispose");
                await _chart.DisposeAsync();
            }
            if (_module is not null) await _module.DisposeAsync();
        }
        catch (Exception gone) when (gone is JSDisconnectedException or OperationCanceledException)
        {
            // The browser is gone, and its chart with it.
        }
        _self?.Dispose();
    }
}
