using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Console.MappingRoom;

/// <summary>Takes a message and shows what the mapping makes of it. What is typed is tried after a short pause.</summary>
public sealed partial class TrialPane(IServiceProvider services) : IDisposable
{
    private const int Most = 50, MostThings = 12;
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(200);
    private readonly ThingSearch _search = services.GetRequiredService<ThingSearch>();
    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    private IReadOnlyList<ThingEntry> _found = [];
    private CancellationTokenSource? _typing;

    [Parameter, EditorRequired] public MappingDesk Desk { get; set; } = default!;
    [Parameter] public EventCallback<(string Topic, string Payload, string Publisher)> Typed { get; set; }
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private string Verdict => Desk.Trial switch
    {
        { Takes: false } => W["mapping.notTaken"],
        { Refused.Count: 0, Observations: var stored } => W["mapping.wouldStore", FiguresOf.Count(stored.Count)],
        { Refused: var refused, Observations: var stored } => W["mapping.wouldRefuse", FiguresOf.Count(stored.Count), FiguresOf.Count(refused.Sum(one => one.Count))],
        _ => "",
    };

    private string? PublisherName => ThingId.TryParse(Desk.Publisher, null, out var id) && _things.Find(id) is { } thing ? thing.Name.For(W.Culture) : null;

    protected override Task OnInitializedAsync() => FindAsync("");

    private async Task FindAsync(string text)
    {
        var visible = _rules.Visible(await _visitor.CallerAsync());
        _found = _search.Page(new ThingFilter { Text = text.Length == 0 ? null : text }, ThingSort.Id, descending: true, visible, after: null, MostThings).Things;
    }

    private Task TellAsync(string topic, string payload, string publisher) => Typed.InvokeAsync((topic, payload, publisher));

    // What was typed is taken over before anything is waited for: the next keystroke must find it.
    private Task TopicAsync(string? topic)
    {
        Desk.Topic = topic ?? "";
        return SoonAsync();
    }

    private Task PayloadAsync(string? payload)
    {
        Desk.Payload = payload ?? "";
        return SoonAsync();
    }

    private async Task PublisherAsync(string? publisher)
    {
        Desk.Publisher = (publisher ?? "").Trim();
        await FindAsync(Desk.Publisher);
        await SoonAsync();
    }

    private async Task SoonAsync()
    {
        if (_typing is not null) await _typing.CancelAsync();
        _typing?.Dispose();
        var typing = _typing = new CancellationTokenSource();
        try
        {
            await Task.Delay(TypingPause, _clock, typing.Token);
            await TellAsync(Desk.Topic, Desk.Payload, Desk.Publisher);
        }
        catch (OperationCanceledException)
        {
            // More was typed.
        }
    }

    private static string ReasonText(RefusalReason reason)
    {
        var name = reason.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    public void Dispose()
    {
        _typing?.Cancel();
        _typing?.Dispose();
    }
}
