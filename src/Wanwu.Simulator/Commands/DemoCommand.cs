using System.CommandLine;
using Wanwu.Simulator.Demo;
using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Replays;

namespace Wanwu.Simulator.Commands;

internal sealed class DemoCommand
{
    private readonly ServerArguments _server = new();
    private readonly Option<string> _recording = new("--recording")
    {
        Description = "Description of the recording the stations play.",
        DefaultValueFactory = _ => Path.Combine(RecordingFinder.PacksFolder, "air-quality", "recordings", "beijing-aotizhongxin.recording.json"),
    };

    private readonly Option<int> _stations = new("--stations") { Description = "How many stations.", DefaultValueFactory = _ => 12 };
    private readonly Option<double> _pace = new("--pace") { Description = "Seconds between two reports of a station.", DefaultValueFactory = _ => 3 };

    public static Command Create()
    {
        var demo = new DemoCommand();
        var command = new Command("demo", $"The demonstration zone: air-quality stations that upload their last seven days, then report live, until Ctrl-C. {ExitCode.Help}");
        foreach (Option option in (Option[])[demo._recording, demo._stations, demo._pace]) command.Options.Add(option);
        demo._server.AddTo(command);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => demo.RunAsync(parsed, TimeProvider.System, stop), stop));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, TimeProvider clock, CancellationToken stop)
    {
        var recording = Recording.Read(parsed.GetValue(_recording)!);
        if (recording.Rows.Count < 2) throw new RecordingException("The demonstration zone needs a recording of at least two rows.");
        using var server = _server.Server(parsed, clock);
        await server.WaitUntilReadyAsync(TimeSpan.FromSeconds(60), stop);
        var options = new DemoOptions
        {
            Stations = Math.Clamp(parsed.GetValue(_stations), 1, 1_000),
            Pace = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(_pace), 0.1, 3_600)),
        };
        var members = await new Fleet(server, _server.Credentials(parsed)).EnrolAsync(recording, options.Stations, stop);
        var account = new ReplayAccount();
        var zone = new DemoZone(recording, options, _server.Door(parsed), account, clock);
        var play = zone.RunAsync(members, () => Console.Out.WriteLine($"{members.Count} stations have uploaded their last {options.Past.TotalDays:0} days and report live: {server.Address}"), stop);
        return await ProgressLine.FollowAsync(play, account, clock, stop);
    }
}
