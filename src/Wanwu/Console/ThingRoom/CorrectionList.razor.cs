using System.Globalization;
using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>The corrections of one thing.</summary>
public sealed partial class CorrectionList(IServiceProvider services, NavigationManager navigation) : IDisposable
{
    private const int PageLength = 50;
    private readonly CorrectionQueries _corrections = services.GetRequiredService<CorrectionQueries>();
    private readonly SightedValues _values = services.GetRequiredService<SightedValues>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly CancellationTokenSource _gone = new();
    private ThingEntry? _thing;
    private List<Correction>? _items;
    private (long Number, long Time)? _next;
    private bool _failed;

    [Parameter, EditorRequired] public ThingId Thing { get; set; }
    [Parameter] public bool MayCorrect { get; set; }
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    protected override Task OnInitializedAsync() => ReadAsync();

    private Task ReadAsync() => ReadAsync(null);

    private Task MoreAsync() => ReadAsync(_next);

    private async Task ReadAsync((long, long)? after)
    {
        _thing = _things.Find(Thing);
        var caller = await _visitor.CallerAsync();
        if (_thing is null || !_rules.May(caller, Permission.ReadObservations, _thing)) return;
        try
        {
            var page = await _corrections.ReadAsync(new CorrectionQuery(Thing) { Limit = PageLength, After = after }, _gone.Token);
            var seen = _values.Of(caller, _thing, page.Items);
            _items = after is null ? [.. seen] : [.. _items ?? [], .. seen];
            (_next, _failed) = (page.Next, false);
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

    private string UndoAddress(Correction item) => navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
    {
        ["property"] = item.Series.Property.ToString(), ["at"] = null, ["from"] = null, ["to"] = null,
        ["undo"] = item.Note.Number.ToString(CultureInfo.InvariantCulture),
    });

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
