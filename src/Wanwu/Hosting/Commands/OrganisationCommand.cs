using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu organisation add</c> and <c>list</c>: whose things are, before a first thing is somebody's.</summary>
internal sealed class OrganisationCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "What people call it." };
    private readonly Option<string?> _id = new("--id") { Description = "What things name it by; its name unless told." };
    private readonly Option<string?> _parent = new("--parent") { Description = "Id of the organisation it belongs to; without one it stands at the top." };
    private readonly Option<string?> _uscc = new("--uscc") { Description = "Its unified social credit code." };
    private readonly Option<string?> _sector = new("--sector") { Description = "Its field of work, as water." };

    public static Command Create()
    {
        var parts = new OrganisationCommand();
        var add = new Command("add", "Adds an organisation and prints its id. The server may be running or not.") { TreatUnmatchedTokensAsErrors = false };
        add.Arguments.Add(parts._name);
        foreach (Option option in (Option[])[parts._id, parts._parent, parts._uscc, parts._sector]) add.Options.Add(option);
        add.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => parts.AddAsync(parsed, stop)));
        var list = new Command("list", "Lists organisations as a tree: name and id.") { TreatUnmatchedTokensAsErrors = false };
        list.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => ListAsync([.. parsed.UnmatchedTokens], stop)));
        var command = new Command("organisation", "Organisations.");
        command.Subcommands.Add(add);
        command.Subcommands.Add(list);
        return command;
    }

    private async Task<int> AddAsync(ParseResult parsed, CancellationToken stop)
    {
        await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
        var faults = new FieldFaults();
        // The same reader as POST /api/v1/organisations: one set of rules, one wording of faults.
        var (id, draft) = OrganisationBody.ReadNew(Body(parsed), faults);
        var result = faults.IsEmpty ? await services.GetRequiredService<OrganisationChanges>().CreateAsync(id, draft, stop) : null;
        if (result is { Outcome: OrganisationOutcome.Done })
        {
            System.Console.Out.WriteLine(id);
            return ExitCodes.Done;
        }
        foreach (var (member, told) in (result?.Faults ?? faults).All)
            foreach (var fault in told) await System.Console.Error.WriteLineAsync($"wanwu: {member}: {fault}");
        return ExitCodes.Refused;
    }

    private JsonElement Body(ParseResult parsed)
    {
        var body = new JsonObject { ["name"] = parsed.GetValue(_name) };
        foreach (var (member, option) in new[] { ("id", _id), ("parent", _parent), ("uscc", _uscc), ("sector", _sector) })
            if (parsed.GetValue(option) is { } text) body[member] = text;
        return JsonSerializer.SerializeToElement(body);
    }

    private static async Task<int> ListAsync(string[] settings, CancellationToken stop)
    {
        await using var services = await CommandServices.OpenAsync(settings, stop);
        await services.GetRequiredService<RegistryFeed>().FollowAsync(stop);
        var tree = services.GetRequiredService<ThingDirectory>().Organisations;
        foreach (var organisation in tree.All)
            System.Console.Out.WriteLine($"{new string(' ', 2 * Math.Min(tree.DepthOf(organisation.Id), 40))}{organisation.Name}  [{organisation.Id}]");
        return ExitCodes.Done;
    }
}
