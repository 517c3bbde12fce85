namespace Wanwu.Tests.Connect;

/// <summary>A server whose MQTT door is Kestrel's.</summary>
public sealed class KestrelFixture : WanwuFixture
{
    internal override string[] Settings => ["--Connect:Mqtt:Transport=Kestrel"];
}

/// <summary>A server whose MQTT door is the Linux transport's.</summary>
public sealed class LinuxTransportFixture : WanwuFixture
{
    internal override string[] Settings => ["--Connect:Mqtt:Transport=Linux"];
}

/// <summary>What holds for the door holds for either transport.</summary>
public sealed class MqttDoorOverKestrelTests(KestrelFixture wanwu) : MqttDoorTests(wanwu), IClassFixture<KestrelFixture>;

public sealed class MqttDoorOverLinuxTransportTests(LinuxTransportFixture wanwu) : MqttDoorTests(wanwu), IClassFixture<LinuxTransportFixture>;

public sealed class RawMqttOverKestrelTests(KestrelFixture wanwu) : RawMqttTests(wanwu), IClassFixture<KestrelFixture>;

public sealed class RawMqttOverLinuxTransportTests(LinuxTransportFixture wanwu) : RawMqttTests(wanwu), IClassFixture<LinuxTransportFixture>;
