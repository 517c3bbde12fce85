using System.CommandLine;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu token create</c>: prints a new access token, alone, on standard output.</summary>
internal static class TokenCommand
{
    public static Command Create()
    {
        var name = new Option<string>("--name") { Description = "What the token is for; shown wherever it is used.", Required = true };
        var role = new Option<string>("--role") { Description = "What its bearer may do.", DefaultValueFactory = _ => Role.Viewer };
        role.AcceptOnlyFromAmong([.. Role.All]);
        var days = new Option<int?>("--days") { Description = "Days until it ends; without it, it holds until it is revoked." };
        var create = new Command("create", "Makes an access token for a program and prints it, alone, on standard output. It is shown this once; only its hash is kept.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        foreach (Option option in (Option[])[name, role, days]) create.Options.Add(option);
        days.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var number) || number is < 1 or > 3_650)) result.AddError($"--days {token.Value}: 1 to 3650.");
        });
        create.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
            var clock = services.GetRequiredService<TimeProvider>();
            Timestamp? expires = parsed.GetValue(days) is { } count ? Timestamp.From(clock.GetUtcNow().AddDays(count)) : null;
            var token = await services.GetRequiredService<AccessTokens>().CreateAsync(parsed.GetValue(name)!, parsed.GetValue(role)!, expires, stop);
            System.Console.Out.WriteLine(token.Token);
            return ExitCodes.Done;
        }));
        var command = new Command("token", "Access tokens for programs.");
        command.Subcommands.Add(create);
        return command;
    }
}
