using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Wanwu.Connect.Corrections;
using Wanwu.Connect.Http;
using Wanwu.Connect.Imports;
using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt;
using Wanwu.Connect.Mqtt.Mappings;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Connect.Mqtt.Tls;
using Wanwu.Connect.Mqtt.Topics;
using Wanwu.Connect.Onboarding;
using Wanwu.Connect.Tls;
using Wanwu.Connect.Transport;
using Wanwu.Hosting.Options;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Erasure;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect;

internal static class ConnectModule
{
    public static void AddConnect(this WebApplicationBuilder builder)
    {
        builder.AddSettings<IntakeOptions>("Connect:Intake");
        builder.AddSettings<MqttOptions>("Connect:Mqtt");
        builder.AddSettings<LimitOptions>("Connect:Mqtt:Limits");
        builder.AddSettings<TlsOptions>("Connect:Mqtt:Tls");
        builder.AddSettings<TransportOptions>("Connect:Transport");
        builder.Services.AddSingleton<ListeningDoors>();
        builder.Services.AddSingleton<ConnectMetrics>();
        builder.Services.AddSingleton<IDoorTally, DeviceTraffic>();
        builder.Services.AddSingleton<ReportReader>();
        builder.Services.AddSingleton<MessageIntake>();
        builder.Services.AddSingleton<Routes>();
        builder.Services.AddSingleton<RetainedMessages>();
        builder.Services.AddSingleton<Journal>();
        builder.Services.AddSingleton<Post>();
        builder.Services.AddSingleton(services => new SnapshotFolder(services.GetRequiredService<DataFolder>().Path, services.GetRequiredService<DiskFaults>()));
        builder.Services.AddSingleton<DurableSessions>();
        builder.Services.AddSingleton<ILogJournal>(services => services.GetRequiredService<DurableSessions>());
        builder.Services.AddSingleton<ErasedMessages>();
        builder.Services.AddSingleton<IErasedRecords>(services => services.GetRequiredService<ErasedMessages>());
        builder.Services.AddSingleton<IErasurePlace, SessionErasure>();
        builder.Services.AddSingleton<TopicRules>();
        builder.Services.AddSingleton<ServerTopics>();
        builder.Services.AddSingleton<PlainTopics>();
        builder.Services.AddSingleton<MqttSessions>();
        builder.Services.AddSingleton<RefusedConnections>();
        builder.Services.AddSingleton<IStartupFilter, RefusedSignIns>();
        builder.Services.AddSingleton<Holdings>();
        builder.Services.AddSingleton<DoorLimits>();
        builder.Services.AddSingleton<DeviceGate>();
        builder.Services.AddSingleton<Admission>();
        builder.Services.AddSingleton<DeviceArrivals>();
        builder.Services.AddSingleton<MqttDoor>();
        builder.Services.AddSingleton<ClientTrust>();
        builder.Services.AddSingleton<CertificateWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<CertificateWatch>());
        builder.Services.AddSingleton<TlsDoor>();
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(services => services.GetRequiredService<TlsDoor>());
        builder.Services.AddSingleton<Clients>();
        builder.AddImports();
        builder.Services.AddHostedService<ObservationFeed>();
        builder.Services.AddHostedService<MqttHousekeeping>();
        builder.Services.AddSingleton<TokenWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<TokenWatch>());
        builder.Services.AddSingleton<StandingWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StandingWatch>());
        builder.Services.AddHostedService<CertifiedConnections>();
        builder.Services.AddHostedService<RenewalDesk>();
        builder.Services.AddHostedService<SysTopics>();
        builder.Services.AddHostedService<MqttMetrics>();
        builder.Services.AddHostedService<SnapshotSchedule>();
        builder.Services.AddHostedService<LinuxMqttListener>();
        builder.Services.AddOptions<KestrelServerOptions>().Configure<MqttDoor, ListeningDoors>(ListenMqtt);
    }

    private static void ListenMqtt(KestrelServerOptions kestrel, MqttDoor door, ListeningDoors doors)
    {
        if (LinuxMqttListener.IsChosen(door.Options)) return;
        kestrel.Listen(door.Options.Ip, door.Options.Port, listener =>
        {
            door.Bound(listener);
            listener.UseConnectionHandler<MqttConnectionHandler>();
            doors.Add("mqtt", "MQTT over TCP", () => listener.IPEndPoint!);
        });
    }

    public static void MapConnect(this WebApplication app)
    {
        app.MapMqttOverWebSocket();
        app.MapReports();
        app.MapRegister();
        app.MapCorrections();
        app.MapMqttClients();
        app.MapMappingTrial();
        app.MapImports();
    }
}
