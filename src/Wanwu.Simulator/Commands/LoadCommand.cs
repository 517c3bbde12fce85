using System.CommandLine;
using Wanwu.Simulator.Load;
using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Replays;
using Wanwu.Simulator.Server;

namespace Wanwu.Simulator.Commands;

internal sealed class LoadCommand
{
    private readonly ServerArguments _server = new();
    private readonly Option<int> _connections = new("--connections") { Description = "Devices, each with its own connection.", DefaultValueFactory = _ => 10 };
    private readonly Option<int> _window = new("--window") { Description = "Messages in flight per connection.", DefaultValueFactory = _ => 20 };
    private readonly Option<long> _count = new("--count") { Description = "Messages over all connections.", DefaultValueFactory = _ => 100_000 };
    private readonly Option<double> _seconds = new("--seconds") { Description = "Longest time.", DefaultValueFactory = _ => 60 };
    private readonly Option<bool> _timed = new("--timed") { Description = "Reports carry their own time." };
    private readonly Option<string?> _acknowledged = new("--acknowledged") { Description = "File to write every acknowledged message to, as thing TAB number." };

    public static Command Create()
    {
        var load = new LoadCommand();
        var command = new Command("load", $"Devices that publish as fast as the server acknowledges, bounded in count and time. {ExitCode.Help}");
        foreach (Option option in (Option[])[load._connections, load._window, load._count, load._seconds, load._timed, load._acknowledged]) command.Options.Add(option);
        load._server.AddTo(command);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => load.RunAsync(parsed, TimeProvider.System, stop), stop));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, TimeProvider clock, CancellationToken stop)
    {
        var options = new LoadOptions
        {
            Connections = Math.Clamp(parsed.GetValue(_connections), 1, 10_000),
            Window = Math.Clamp(parsed.GetValue(_window), 1, 10_000),
            Count = Math.Clamp(parsed.GetValue(_count), 1, 1_000_000_000),
            AtMost = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(_seconds), 1, 86_400)),
            Timed = parsed.GetValue(_timed),
        };
        using var server = _server.Server(parsed, clock);
        await server.WaitUntilReadyAsync(TimeSpan.FromSeconds(30), stop);
        var things = await EnrolAsync(server, _server.Credentials(parsed), options.Connections, stop);
        await using var file = parsed.GetValue(_acknowledged) is { } path ? File.CreateText(path) : TextWriter.Null;
        var account = new ReplayAccount();
        var acknowledged = new AcknowledgedMessages(account, file);
        var writing = acknowledged.WriteAsync();
        var started = clock.GetTimestamp();
        var code = await ProgressLine.FollowAsync(new LoadRun(options, _server.Door(parsed), acknowledged, account, clock).RunAsync(things, stop), account, clock, stop);
        acknowledged.Complete();
        await writing;
        var seconds = clock.GetElapsedTime(started).TotalSeconds;
        Console.Out.WriteLine($"{account.AcknowledgedMessages / seconds:0} acknowledged messages a second over {seconds:0.0} s.");
        return code;
    }

    private static async Task<List<ThingCredentials>> EnrolAsync(WanwuServer server, CredentialsFile credentials, int count, CancellationToken stop)
    {
        var description = new ThingDescription
        {
            Name = new Dictionary<string, string> { ["zh-Hant"] = "負載", ["zh-Hans"] = "负载", ["en"] = "Load" },
            Identifier = new IdentifierDescription("urn", "urn:uuid:6f9d3a52-7d0e-8a41-9c35-51f3c3b7a1e0"),
        };
        var recording = new RecordingDescription
        {
            File = "", Time = new TimeDescription { Columns = [] }, Properties = new Dictionary<string, PropertyDescription>(), Thing = description,
        };
        var things = new List<ThingCredentials>(count);
        foreach (var thing in SimulatedThing.Of(recording, count)) things.Add(await server.EnsureThingAsync(thing, null, credentials, stop));
        return things;
    }
}
