using System.CommandLine;
using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Replays;

namespace Wanwu.Simulator.Commands;

internal sealed class ReplayCommand
{
    private readonly ServerArguments _server = new();
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "Recordings: a CSV file, or its description (*.recording.json). The description of a CSV is looked for beside it, then among the packs, by its columns.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _description = new("--description") { Description = "Description to read the CSV with." };
    private readonly Option<double> _speed = new("--speed")
    {
        Description = "Seconds of the recording played in one second; 0 as fast as the server takes them.",
        DefaultValueFactory = _ => 3_600,
    };

    private readonly Option<Timestamp?> _from = TimeOption("--from", "First time of the recording to play (RFC 3339, as 2017-02-01T00:00:00+08:00).");
    private readonly Option<Timestamp?> _to = TimeOption("--to", "Time of the recording to stop before.");
    private readonly Option<int> _things = new("--things") { Description = "How many things play it, each from a later row and at its own place.", DefaultValueFactory = _ => 1 };
    private readonly Option<Rebase> _rebase = new("--rebase")
    {
        Description = "none: the recording's own times; now: shifted so that it ends now; live: each row gets the time at which it is sent.",
        DefaultValueFactory = _ => Rebase.None,
    };

    private readonly Option<int> _qos = new("--qos") { Description = "0 or 1.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _window = new("--window") { Description = "Messages in flight per thing.", DefaultValueFactory = _ => 20 };
    private readonly Option<bool> _loop = new("--loop") { Description = "Begin again at the end, until Ctrl-C." };

    public static Command Create()
    {
        var replay = new ReplayCommand();
        var command = new Command("replay", $"Turns a recording into devices that publish it over MQTT. {ExitCode.Help}");
        command.Arguments.Add(replay._files);
        foreach (Option option in (Option[])[replay._description, replay._speed, replay._from, replay._to, replay._things, replay._rebase, replay._qos, replay._window, replay._loop])
            command.Options.Add(option);
        replay._server.AddTo(command);
        replay._qos.AcceptOnlyFromAmong("0", "1");
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => replay.RunAsync(parsed, TimeProvider.System, stop), stop));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, TimeProvider clock, CancellationToken stop)
    {
        var recordings = parsed.GetValue(_files)!.Select(file => Open(parsed, file)).ToList();
        using var server = _server.Server(parsed, clock);
        await server.WaitUntilReadyAsync(TimeSpan.FromSeconds(30), stop);
        var fleet = new Fleet(server, _server.Credentials(parsed));
        var account = new ReplayAccount();
        var options = new ReplayOptions
        {
            Speed = parsed.GetValue(_speed),
            Rebase = parsed.GetValue(_rebase),
            Loop = parsed.GetValue(_loop),
            Qos = parsed.GetValue(_qos),
            Window = Math.Clamp(parsed.GetValue(_window), 1, 10_000),
        };
        var plays = new List<Task>();
        foreach (var recording in recordings)
        {
            var members = await fleet.EnrolAsync(recording, Math.Clamp(parsed.GetValue(_things), 1, 10_000), stop);
            Say($"{recording.Description.File}: {recording.Rows.Count} rows from {recording.Rows[0].Time} to {recording.Rows[^1].Time}, played by {members.Count} things.");
            plays.Add(new Replay(recording, options, _server.Door(parsed), account, clock).RunAsync(members, stop));
        }
        return await ProgressLine.FollowAsync(Task.WhenAll(plays), account, clock, stop);
    }

    private Recording Open(ParseResult parsed, string file)
    {
        var (description, csv) = RecordingFinder.Find(file, parsed.GetValue(_description));
        var recording = Recording.Read(description, csv).Between(parsed.GetValue(_from), parsed.GetValue(_to));
        return recording.Rows.Count > 0 ? recording : throw new RecordingException($"{file} has no row in the span asked for.");
    }

    private static void Say(string line) => Console.Out.WriteLine(line);

    private static Option<Timestamp?> TimeOption(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (Timestamp.TryParse(result.Tokens[0].Value, null, out var time)) return time;
            result.AddError($"{name} {result.Tokens[0].Value}: expected a time with zone, as 2017-02-01T00:00:00+08:00.");
            return null;
        },
    };
}
