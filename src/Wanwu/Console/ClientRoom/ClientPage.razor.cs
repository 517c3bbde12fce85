using Microsoft.AspNetCore.Components;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;

namespace Wanwu.Console.ClientRoom;

/// <summary>One MQTT client: who it is, what it carries, what it has subscribed; to be disconnected and ended.</summary>
public sealed partial class ClientPage(IServiceProvider services, NavigationManager navigation) : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private readonly Clients _clients = services.GetRequiredService<Clients>();
    private readonly AuditedActs _acts = services.GetRequiredService<AuditedActs>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();
    private readonly CancellationTokenSource _gone = new();
    private Caller? _caller;
    private ClientView? _client;
    private IReadOnlyList<SubscriptionView> _subscriptions = [];
    private string _typedName = "";
    private string? _done;
    private bool _mayManage;
    private bool _asks;

    [Parameter] public string Key { get; set; } = "";
    [Inject] internal Figures FiguresOf { get; set; } = default!;
    [Inject] internal ThingDirectory Things { get; set; } = default!;

    protected override async Task OnParametersSetAsync()
    {
        _caller = await _visitor.CallerAsync();
        Look();
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
            while (await timer.WaitForNextTickAsync(_gone.Token))
                await InvokeAsync(() =>
                {
                    Look();
                    StateHasChanged();
                });
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    private void Look()
    {
        var session = _caller is null ? null : _clients.Find(Key, _caller, Permission.ReadConnections);
        _mayManage = session is not null && _clients.Find(Key, _caller!, Permission.ManageConnections) is not null;
        _client = session is null ? null : _clients.View(session);
        _subscriptions = session is null ? [] : _clients.SubscriptionsOf(session);
    }

    private async Task KickAsync()
    {
        _asks = false;
        if (_clients.Find(Key, await _visitor.CallerAsync(), Permission.ManageConnections) is not { } session) return;
        var kicked = await _acts.DoAsync(new AuditEvent("mqtt.kick") { Object = new AuditObject("mqtt", Key, session.ClientId) }, () => Clients.Kick(session));
        _done = W[kicked ? "client.kicked" : "client.notConnected"];
        Look();
    }

    private async Task EndAsync()
    {
        if (_typedName.Trim() != _client?.ClientId || _clients.Find(Key, await _visitor.CallerAsync(), Permission.ManageConnections) is not { } session) return;
        await _acts.DoAsync(new AuditEvent("mqtt.end") { Object = new AuditObject("mqtt", Key, session.ClientId) }, () =>
        {
            _clients.End(session);
            return true;
        });
        navigation.NavigateTo("things/clients");
    }

    private string Seconds(long seconds) => $"{FiguresOf.Count(seconds)}\u2009s";

    private static string TransportText(ConnectionView connection) => connection.Transport switch
    {
        "tcp" => "TCP",
        "tls" => $"TLS {connection.Tls}",
        "ws" => "WebSocket",
        _ => $"WebSocket, TLS {connection.Tls}",
    };

    private string OptionsText(SubscriptionView subscription)
    {
        var options = new List<string>();
        if (subscription.NoLocal) options.Add(W["client.noLocal"]);
        if (subscription.RetainAsPublished) options.Add(W["client.retainAsPublished"]);
        if (subscription.Identifier is { } identifier) options.Add(W["client.identifier", identifier]);
        return options.Count == 0 ? Figures.None : string.Join(" · ", options);
    }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
