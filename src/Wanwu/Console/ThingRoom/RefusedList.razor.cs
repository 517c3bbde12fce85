using System.Text;
using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Live;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>What was refused, of one thing or of all that the reader may see.</summary>
public sealed partial class RefusedList(IServiceProvider services) : IDisposable
{
    private const int PageLength = 50;

    private readonly ObservationQueries _queries = services.GetRequiredService<ObservationQueries>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly CancellationTokenSource _gone = new();
    private List<RefusedItem>? _items;
    private long? _next;
    private bool _failed;
    private ThingId? _shown;
    private Look? _seen;

    [Parameter] public ThingId? Thing { get; set; }
    [Parameter] public int Most { get; set; } = PageLength;
    [Parameter] public Look? Look { get; set; }
    [Inject] internal Figures FiguresOf { get; set; } = default!;
    [Inject] internal ThingDirectory Things { get; set; } = default!;

    protected override async Task OnParametersSetAsync()
    {
        var news = Look?.News is { Refusals: > 0 } && !ReferenceEquals(Look, _seen);
        if (_items is not null && _shown == Thing && !news) return;
        (_shown, _seen) = (Thing, Look);
        await ReadAsync(before: null);
    }

    private Task MoreAsync() => ReadAsync(_next);

    private async Task ReadAsync(long? before)
    {
        try
        {
            var caller = await _visitor.CallerAsync();
            var page = RefusedSight.Seen(await _queries.RefusedAsync(new RefusedQuery { Thing = Thing, Limit = Most, Before = before }, RefusedSight.Of(caller, Things, _rules), _gone.Token), caller, Things, _rules);
            _items = before is null ? [.. page.Items] : [.. _items ?? [], .. page.Items];
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

    private TimeZoneInfo ZoneOf(RefusedItem item) => item.Refusal.Thing is { } thing ? Things.Find(thing)?.Zone ?? TimeZoneInfo.Utc : TimeZoneInfo.Utc;

    private static string ReasonText(RefusalReason reason)
    {
        var name = reason.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    /// <summary>Text as it is; bytes that are none in hexadecimal, sixteen a line.</summary>
    internal static string BytesText(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        if (!text.Contains('\uFFFD', StringComparison.Ordinal) && !text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'))) return text;
        var hex = new StringBuilder();
        for (var at = 0; at < bytes.Length; at += 16)
            hex.Append(Convert.ToHexString(bytes[at..Math.Min(at + 16, bytes.Length)])).Append('\n');
        return hex.ToString();
    }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
