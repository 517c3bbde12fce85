namespace Wanwu.Simulator.Server;

/// <summary>What a thing signs in with. The server shows the password once, so the simulator keeps it.</summary>
internal sealed record ThingCredentials(string Id, string Username, string Password);
