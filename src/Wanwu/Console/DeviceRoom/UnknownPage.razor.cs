using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;
using Wanwu.Things;

namespace Wanwu.Console.DeviceRoom;

/// <summary>Unknown devices and bans, looked at anew every two seconds while the page is open.</summary>
public sealed partial class UnknownPage(IServiceProvider services) : IDisposable
{
    private const int MostShown = 200;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);
    private readonly UnknownDesk _desk = services.GetRequiredService<UnknownDesk>();
    private readonly Bans _allBans = services.GetRequiredService<Bans>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    private readonly CancellationTokenSource _gone = new();
    private IReadOnlyList<UnknownDevice> _found = [];
    private IReadOnlyList<Ban> _bans = [];
    private UnknownDevice? _chosen;
    private ThingId? _done;
    private string? _fault;
    private bool _mayEverywhere;

    [Inject] internal Figures FiguresOf { get; set; } = default!;

    protected override Task OnInitializedAsync() => LookAsync();

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _ = KeepLookingAsync();
    }

    private async Task KeepLookingAsync()
    {
        using var timer = new PeriodicTimer(Between, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_gone.Token)) await InvokeAsync(LookAsync);
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    private async Task LookAsync()
    {
        var caller = await _visitor.CallerAsync();
        _mayEverywhere = await _visitor.MayEverywhereAsync(Permission.AdmitDevices);
        _found = await _visitor.MayAsync(Permission.AdmitDevices) ? _desk.List(caller) : [];
        _bans = _mayEverywhere ? _allBans.All : [];
        StateHasChanged();
    }

    private void Choose(UnknownDevice device) => (_chosen, _done, _fault) = (device, null, null);

    private async Task FinishAsync(ThingId? made)
    {
        (_chosen, _done) = (null, made);
        await LookAsync();
    }

    private async Task EndAsync(Ban ban)
    {
        if (!await _visitor.MayEverywhereAsync(Permission.AdmitDevices)) return;
        await _allBans.EndAsync(ban.Id, (await _visitor.CallerAsync()).Name, CancellationToken.None);
        await LookAsync();
    }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
