using Wanwu.Connect.Mqtt;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Log;

namespace Wanwu.Tests.Connect.Sessions;

public sealed class BackupTests
{
    private const string LetIn = "--Connect:Mqtt:AllowAnonymous=true";
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_of_a_running_server_brings_its_sessions_and_what_waits_in_them_and_a_check_reads_their_snapshot()
    {
        var target = Directory.CreateTempSubdirectory("wanwu-backup-").FullName;
        try
        {
            Client hearer;
            await using (var server = await WanwuServer.StartAsync(settings: LetIn))
            {
                var door = server.Get<MqttDoor>();
                hearer = await new Client(door, "hearer", null).SignInAsync();
                hearer.Subscribe("t/#", 2);
                await hearer.SettleAsync();
                hearer.Break();
                var sender = await new Client(door, "sender", null).SignInAsync();
                sender.Publish("t/1", "behind the snapshot", 2);
                sender.Publish("t/kept", "retained", 1, retain: true);
                await sender.SettleAsync();
                Assert.True(await server.Get<DurableSessions>().WriteAsync(Stop));
                sender.Publish("t/2", "in the log", 2);
                await sender.SettleAsync();
                var files = await server.Get<TelemetryBackup>().RunAsync(server.Folder, target, Stop);
                Assert.Contains(files, file => file.Path.StartsWith("sessions/", StringComparison.Ordinal));
                Assert.Empty((await server.Get<TelemetryCheck>().RunAsync(server.Folder, Stop)).Findings);
                sender.Publish("t/3", "after the backup", 2);
                await sender.SettleAsync();
            }
            await using (var restored = await WanwuServer.StartAsync(target, settings: LetIn))
            {
                var back = await new Client(restored.Get<MqttDoor>(), "hearer", hearer).SignInAsync();
                await back.UntilAsync(() => back.Received.Count == 3, "what waited");
                Assert.Equal(["t/1=behind the snapshot", "t/kept=retained", "t/2=in the log"], back.Received);
                Assert.Equal(1, restored.Get<RetainedMessages>().Count);
            }
            var snapshot = SnapshotFolder.List(target)[^1];
            var bytes = await File.ReadAllBytesAsync(snapshot.Path, Stop);
            bytes[^20] ^= 1;
            await File.WriteAllBytesAsync(snapshot.Path, bytes, Stop);
            var finding = Assert.Single(TelemetryCheck.RunOffline(target, Stop).Findings);
            Assert.Equal($"sessions/{Path.GetFileName(snapshot.Path)}", finding.File);
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    }
}
