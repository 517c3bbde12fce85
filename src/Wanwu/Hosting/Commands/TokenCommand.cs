using System.CommandLine;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu token create|list|revoke</c>: programs' tokens, beside a running server or without one.</summary>
internal static class TokenCommand
{
    public static Command Create()
    {
        var command = new Command("token", "Access tokens for programs.");
        foreach (var each in (Command[])[Make(), List(), Revoke()]) command.Subcommands.Add(each);
        return command;
    }

    private static Command Make()
    {
        var name = new Option<string>("--name") { Description = "What the token is for; shown wherever it is used.", Required = true };
        var role = new Option<string>("--role") { Description = "What its bearer may do.", DefaultValueFactory = _ => Role.Viewer };
        role.AcceptOnlyFromAmong([.. Role.All]);
        var days = new Option<int?>("--days") { Description = "Days until it ends; without it, it holds until it is revoked." };
        var dataClass = new Option<string>("--data-class") { Description = "The highest class of values it sees in clear.", DefaultValueFactory = _ => DataClasses.NameOf(DataClass.Internal) };
        dataClass.AcceptOnlyFromAmong([.. DataClasses.All.Select(DataClasses.NameOf)]);
        var purpose = new Option<string?>("--purpose") { Description = "For what it handles personal values; without it and --legal-basis they are masked." };
        var basis = new Option<string?>("--legal-basis") { Description = "On what it handles personal values (Personal Information Protection Law, art. 13)." };
        basis.AcceptOnlyFromAmong([.. LegalBasis.All]);
        var create = new Command("create", "Makes an access token for a program and prints it, alone, on standard output. It is shown this once; only its hash is kept.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        foreach (Option option in (Option[])[name, role, days, dataClass, purpose, basis]) create.Options.Add(option);
        days.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var number) || number is < 1 or > 3_650)) result.AddError($"--days {token.Value}: 1 to 3650.");
        });
        create.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
            var clock = services.GetRequiredService<TimeProvider>();
            Timestamp? expires = parsed.GetValue(days) is { } count ? Timestamp.From(clock.GetUtcNow().AddDays(count)) : null;
            var faults = new FieldFaults();
            var sight = GrantDesk.ReadSight(parsed.GetValue(dataClass), parsed.GetValue(purpose), parsed.GetValue(basis), faults);
            if (!faults.IsEmpty) return await FailedAsync(faults);
            var granted = new TokenRole(parsed.GetValue(role)!, GrantScope.Everything, "server") { Sight = sight };
            var token = await services.GetRequiredService<AccessTokens>().CreateAsync(parsed.GetValue(name)!, granted, expires, stop);
            System.Console.Out.WriteLine(token.Token);
            return ExitCodes.Done;
        }));
        return create;
    }

    private static async Task<int> FailedAsync(FieldFaults faults)
    {
        foreach (var fault in faults.All) await System.Console.Error.WriteLineAsync($"{fault.Key}: {string.Join(' ', fault.Value)}");
        return ExitCodes.Failed;
    }

    private static Command List()
    {
        var list = new Command("list", "Lists the tokens of programs and people, one a line: id, state, whose, name, last use. Never the tokens themselves.") { TreatUnmatchedTokensAsErrors = false };
        list.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
            var now = Timestamp.Now(services.GetRequiredService<TimeProvider>());
            foreach (var token in await services.GetRequiredService<AccessTokens>().ListAsync(stop)) System.Console.Out.WriteLine(LineOf(token, now));
            return ExitCodes.Done;
        }));
        return list;
    }

    private static string LineOf(AccessTokenView token, Timestamp now)
    {
        var state = token.Revoked is not null ? "revoked" : token.Expires <= now ? "ended" : "valid";
        var whose = token.Role is { } role ? $"role {role}" : $"person {token.Owner}: {string.Join(' ', token.Scope ?? [])}";
        var used = token.LastUsed is { } last ? $"last used {last} from {token.LastUsedFrom}" : "not used";
        return string.Join('\t', token.Id, state, whose, token.Name, used);
    }

    private static Command Revoke()
    {
        var id = new Argument<Guid>("id") { Description = "The token's id, as list shows it." };
        var revoke = new Command("revoke", "Revokes a token of a program or a person at once.") { TreatUnmatchedTokensAsErrors = false };
        revoke.Arguments.Add(id);
        revoke.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
            if (await services.GetRequiredService<AccessTokens>().RevokeAsync(parsed.GetValue(id), stop)) return ExitCodes.Done;
            await System.Console.Error.WriteLineAsync($"There is no token {parsed.GetValue(id)}. 'wanwu token list' names them.");
            return ExitCodes.Failed;
        }));
        return revoke;
    }
}
