using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu organisation list|add|change|move|remove</c>: whose things are, before a first thing is somebody's.</summary>
internal static class OrganisationCommand
{
    public static Command Create() => RegistryCommand.Group("organisation", "Organisations.", List(), Add(), Change(), Move(), Remove());

    private static Option<string?> UsccOption() => new("--uscc") { Description = "Its unified social credit code." };

    private static Option<string?> SectorOption() => new("--sector") { Description = "Its field of work, as water." };

    private static Argument<string> IdArgument() => new("ID") { Description = "What things name it by, as list shows it." };

    private static Command List()
    {
        var json = RegistryCommand.JsonOption();
        return RegistryCommand.Of("list", "Lists organisations as a tree: name and id.", [json], (parsed, services, _) =>
        {
            var tree = services.GetRequiredService<ThingDirectory>().Organisations;
            return Task.FromResult(RegistryCommand.Print(tree.All.Select(organisation => OrganisationView.Of(organisation, tree)), parsed.GetValue(json),
                organisation => [$"{new string(' ', 2 * Math.Min(organisation.Depth, 40))}{organisation.Name}  [{organisation.Id}]"]));
        });
    }

    private static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "What people call it." };
        var own = new Option<string?>("--id") { Description = "What things name it by; its name unless told." };
        var parent = new Option<string?>("--parent") { Description = "Id of the organisation it belongs to; without one it stands at the top." };
        var (uscc, sector) = (UsccOption(), SectorOption());
        return RegistryCommand.Of("add", "Adds an organisation and prints its id. The server may be running or not.", [name, own, parent, uscc, sector], async (parsed, services, stop) =>
        {
            var faults = new FieldFaults();
            var body = new JsonObject { ["name"] = parsed.GetValue(name) };
            foreach (var (member, option) in new[] { ("id", own), ("parent", parent), ("uscc", uscc), ("sector", sector) })
                if (parsed.GetValue(option) is { } text) body[member] = text;
            // The same reader as POST /api/v1/organisations: one set of rules, one wording of faults.
            var (id, draft) = OrganisationBody.ReadNew(JsonSerializer.SerializeToElement(body), faults);
            if (!faults.IsEmpty) return await RegistryCommand.RefuseAsync(faults);
            var result = await services.GetRequiredService<OrganisationChanges>().CreateAsync(id, draft, reach: null, stop);
            return result.Outcome == OrganisationOutcome.Done ? RegistryCommand.Tell(id) : await RegistryCommand.RefuseAsync(result.Faults!);
        });
    }

    private static Command Change()
    {
        var (id, uscc, sector) = (IdArgument(), UsccOption(), SectorOption());
        var name = new Option<string?>("--name") { Description = "What people call it." };
        return RegistryCommand.Of("change", "Renames an organisation, or changes its credit code or sector; an empty text takes these away. Its id stays.", [id, name, uscc, sector], (parsed, services, stop) =>
        {
            var body = new JsonObject();
            foreach (var (member, option) in new[] { ("name", name), ("uscc", uscc), ("sector", sector) })
                if (parsed.GetValue(option) is { } text) body[member] = text.Length == 0 && option != name ? null : text;
            return body.Count == 0 ? CommandLine.FailAsync(ExitCodes.Usage, "Nothing to change: give --name, --uscc or --sector.") : PatchAsync(services, parsed.GetValue(id)!, body, stop);
        });
    }

    private static Command Move()
    {
        var id = IdArgument();
        var parent = new Option<string?>("--parent") { Description = "Id of the organisation it is to belong to." };
        var top = new Option<bool>("--top") { Description = "It is to stand at the top." };
        return RegistryCommand.Of("move", "Moves an organisation, with all that hangs on it. It cannot come to lie within itself, nor leave a legal hold by it.", [id, parent, top], (parsed, services, stop) =>
            parsed.GetValue(parent) is null == !parsed.GetValue(top)
                ? CommandLine.FailAsync(ExitCodes.Usage, "Expected --parent ID or --top: where it is moved to.")
                : PatchAsync(services, parsed.GetValue(id)!, new JsonObject { ["parent"] = parsed.GetValue(parent) }, stop));
    }

    private static async Task<int> PatchAsync(IServiceProvider services, string id, JsonObject body, CancellationToken stop)
    {
        var faults = new FieldFaults();
        var draft = OrganisationBody.Read(JsonSerializer.SerializeToElement(body), faults);
        if (!faults.IsEmpty) return await RegistryCommand.RefuseAsync(faults);
        return await AnswerAsync(id, await services.GetRequiredService<OrganisationChanges>().ChangeAsync(id, draft, revision: null, reach: null, stop));
    }

    private static Command Remove()
    {
        var id = IdArgument();
        return RegistryCommand.Of("remove", "Removes an organisation on which nothing hangs.", [id], async (parsed, services, stop) =>
            await AnswerAsync(parsed.GetValue(id)!, await services.GetRequiredService<OrganisationChanges>().RemoveAsync(parsed.GetValue(id)!, revision: null, reach: null, stop)));
    }

    private static async Task<int> AnswerAsync(string id, OrganisationResult result) => result switch
    {
        { Outcome: OrganisationOutcome.Done } => ExitCodes.Done,
        { Faults: { } faults } => await RegistryCommand.RefuseAsync(faults),
        _ => await RegistryCommand.RefuseAsync($"There is no organisation '{id}'."),
    };
}
