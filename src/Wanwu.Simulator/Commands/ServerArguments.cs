using System.CommandLine;
using MQTTnet.Formatter;
using Wanwu.Simulator.Devices;
using Wanwu.Simulator.Server;

namespace Wanwu.Simulator.Commands;

/// <summary>The options every command has that talks to a server.</summary>
internal sealed class ServerArguments
{
    private const string TokenVariable = "WANWU_TOKEN";
    private readonly Option<Uri> _url = new("--url")
    {
        Description = "HTTP API of the server.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:8080"),
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https")) return url;
            result.AddError($"--url {result.Tokens[0].Value}: expected an address, as http://127.0.0.1:8080.");
            return null;
        },
    };

    private readonly Option<string?> _token = new("--token")
    {
        Description = $"Bearer token that may register things. Read from {TokenVariable} if not given.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(TokenVariable),
    };

    private readonly Option<MqttDoor> _mqtt = new("--mqtt")
    {
        Description = "Where the server listens for MQTT, as host:port.",
        DefaultValueFactory = _ => new MqttDoor("127.0.0.1", MqttDoor.DefaultPort),
        CustomParser = result =>
        {
            if (MqttDoor.TryParse(result.Tokens[0].Value, out var door)) return door;
            result.AddError($"--mqtt {result.Tokens[0].Value}: expected host:port.");
            return null;
        },
    };

    private readonly Option<int> _version = new("--mqtt-version")
    {
        Description = "4 for MQTT 3.1.1, 5 for MQTT 5.",
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<string> _state = new("--state")
    {
        Description = "File that keeps the things' credentials (mode 0600).",
        DefaultValueFactory = _ => Path.Combine("data", "simulator.json"),
    };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_url, _token, _mqtt, _version, _state]) command.Options.Add(option);
        _version.AcceptOnlyFromAmong("4", "5");
    }

    public WanwuServer Server(ParseResult parsed, TimeProvider clock) => new(parsed.GetValue(_url)!, parsed.GetValue(_token), clock);

    public MqttDoor Door(ParseResult parsed) =>
        parsed.GetValue(_mqtt)! with { Version = parsed.GetValue(_version) == 5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311 };

    public CredentialsFile Credentials(ParseResult parsed) => new(parsed.GetValue(_state)!);
}
