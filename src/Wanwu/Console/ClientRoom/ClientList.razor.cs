using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web.Virtualization;
using Wanwu.Connect.Mqtt;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;

namespace Wanwu.Console.ClientRoom;

/// <summary>The MQTT clients there are, looked at anew every two seconds while the page is open.</summary>
public sealed partial class ClientList(NavigationManager navigation, IServiceProvider services) : IDisposable
{
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(150), Between = TimeSpan.FromSeconds(2);

    private readonly Clients _clients = services.GetRequiredService<Clients>();
    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    private readonly CancellationTokenSource _gone = new();
    private Virtualize<ListedClient>? _rows;
    private ClientQuery _query = new();
    private CancellationTokenSource? _typing;
    private List<ClientSession> _found = [];
    private SummaryView? _summary;
    private bool _failed;
    private bool _isRead;

    [Inject] internal Figures Figures { get; set; } = default!;

    private string CountText => !_isRead ? "" : W["list.count", Figures.Count(_found.Count)];

    protected override async Task OnInitializedAsync()
    {
        _query = ClientQuery.Read(navigation.Uri);
        navigation.LocationChanged += OnMoved;
        await LookAsync();
    }

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
        // A person whose right was taken away sees what was there, and no more.
        _failed = !await _visitor.MayAsync(Permission.ReadConnections);
        if (!_failed)
        {
            _found = _clients.Select(_query.Filter, await _visitor.CallerAsync());
            // Figures are of all clients, and so for those who may see all.
            _summary = await _visitor.MayEverywhereAsync(Permission.ReadConnections) ? _clients.Summary() : null;
            _isRead = true;
            if (_rows is not null) await _rows.RefreshDataAsync();
        }
        StateHasChanged();
    }

    private ValueTask<ItemsProviderResult<ListedClient>> ReadAsync(ItemsProviderRequest request)
    {
        var window = _found.Skip(request.StartIndex).Take(request.Count).Select((session, at) => new ListedClient(request.StartIndex + at, _clients.View(session)));
        return new(new ItemsProviderResult<ListedClient>([.. window], _found.Count));
    }

    private string NameOf(ClientView client) => client.Thing is { } thing ? _things.Find(thing)?.Name.For(W.Culture) ?? client.Caller : client.Caller;

    private void OnMoved(object? sender, LocationChangedEventArgs moved)
    {
        if (new Uri(moved.Location).AbsolutePath != "/things/clients") return;
        _query = ClientQuery.Read(moved.Location);
        _ = InvokeAsync(LookAsync);
    }

    private void Go(ClientQuery query) => navigation.NavigateTo("things/clients" + query.ToQuery(), replace: true);

    private async Task FilterSoonAsync(ChangeEventArgs typed)
    {
        if (_typing is not null) await _typing.CancelAsync();
        _typing?.Dispose();
        _typing = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token);
        try
        {
            await Task.Delay(TypingPause, _clock, _typing.Token);
            Go(_query with { Text = typed.Value as string ?? "" });
        }
        catch (OperationCanceledException)
        {
            // More was typed, or the page was left.
        }
    }

    public void Dispose()
    {
        navigation.LocationChanged -= OnMoved;
        _gone.Cancel();
        _gone.Dispose();
        _typing?.Dispose();
    }
}

/// <summary>A row of the list: where it stands, and the client as it is now.</summary>
internal readonly record struct ListedClient(int Index, ClientView View);
