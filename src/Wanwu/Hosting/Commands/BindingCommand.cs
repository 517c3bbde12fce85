using System.CommandLine;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu binding list|add|remove</c>: under which identifiers of doors a thing is known.</summary>
internal static class BindingCommand
{
    public static Command Create() => RegistryCommand.Group("binding", "Identifiers at doors that are bound to things: who shows one is the thing.", List(), Add(), Remove());

    private static Command List()
    {
        var thing = new Argument<string>("THING") { Description = "Id of the thing." };
        var json = RegistryCommand.JsonOption();
        return RegistryCommand.Of("list", "Lists what is bound to a thing, one a line: id, scheme, identifier, secret, networks. Never the secret itself.", [thing, json], async (parsed, services, _) =>
            CertificateCommands.Find(services, parsed.GetValue(thing)!) is { } found
                ? RegistryCommand.Print(services.GetRequiredService<Bindings>().Of(found).Select(BindingView.Of), parsed.GetValue(json), binding => (string?[])
                [
                    binding.Id.ToString(), binding.Scheme, binding.Identifier, !binding.HasSecret ? "no secret" : binding.IsClear ? "secret, sealed" : "secret, hashed", binding.Networks ?? "from anywhere",
                ])
                : await CertificateCommands.NoThingAsync(parsed.GetValue(thing)!));
    }

    private static Command Add()
    {
        var thing = new Argument<string>("THING") { Description = "Id of the thing." };
        var scheme = new Argument<string>("SCHEME") { Description = "An identifier scheme, 'login' (a user name over MQTT and HTTP) or 'thing' (its own id, for networks alone)." };
        var identifier = new Argument<string>("IDENTIFIER") { Description = "What the device shows." };
        var secret = new Option<string?>("--secret-file") { Description = "File whose first line is the secret the device shows; - reads standard input. Without it none is asked for." };
        var clear = new Option<bool>("--clear") { Description = "The protocol computes with the secret: it is kept sealed, not hashed." };
        var networks = new Option<string[]>("--network") { Description = "A network it may come from, as 10.1.0.0/16; may be given several times." };
        return RegistryCommand.Of("add", "Binds an identifier to a thing, in place of what the thing has under it, and prints the binding's id.", [thing, scheme, identifier, secret, clear, networks], async (parsed, services, stop) =>
        {
            if (CertificateCommands.Find(services, parsed.GetValue(thing)!) is not { } found) return await CertificateCommands.NoThingAsync(parsed.GetValue(thing)!);
            var faults = new FieldFaults();
            var from = KeyCommand.ReadNetworks(parsed.GetValue(networks), faults);
            if (!faults.IsEmpty) return await RegistryCommand.RefuseAsync(faults);
            var wanted = new NewBinding(found, parsed.GetValue(scheme)!, parsed.GetValue(identifier)!, await SecretAsync(parsed.GetValue(secret), stop), parsed.GetValue(clear), from);
            var (id, refused) = await services.GetRequiredService<Bindings>().MakeAsync(wanted, Caller.OfCommandLine, stop);
            return refused.IsEmpty ? RegistryCommand.Tell(id.ToString()) : await RegistryCommand.RefuseAsync(refused);
        });
    }

    /// <summary>Never an argument: everybody on the machine reads those of others.</summary>
    private static async Task<string?> SecretAsync(string? file, CancellationToken stop)
    {
        if (file is null) return null;
        using var reader = file == "-" ? null : File.OpenText(file);
        return await (reader ?? System.Console.In).ReadLineAsync(stop) ?? "";
    }

    private static Command Remove()
    {
        var id = new Argument<Guid>("ID") { Description = "The binding's id, as list shows it." };
        return RegistryCommand.Of("remove", "Ends a binding at once, open connections included.", [id], async (parsed, services, stop) =>
            await services.GetRequiredService<Bindings>().RemoveAsync(parsed.GetValue(id), stop) ? ExitCodes.Done : await RegistryCommand.RefuseAsync($"There is no binding {parsed.GetValue(id)}."));
    }
}
