using System.CommandLine;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Security.Access.People;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu person reset</c>: for the day nobody is left who could help in the console. Who owns the server's data may do it, and it is on the trail.</summary>
internal static class PersonCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The account's name." };
        var factor = new Option<bool>("--second-factor") { Description = "Takes off the second factor, too." };
        var reset = new Command("reset", "Makes the link by which a person sets a new password, and prints its path, alone, on standard output. It works once and is shown this once.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        reset.Arguments.Add(name);
        reset.Options.Add(factor);
        reset.SetAction((parsed, stop) => CommandLine.GuardedAsync(async () =>
        {
            await using var services = await CommandServices.OpenAsync([.. parsed.UnmatchedTokens], stop);
            return await ResetAsync(services, parsed.GetValue(name)!, parsed.GetValue(factor), stop);
        }));
        var command = new Command("person", "People's accounts.");
        command.Subcommands.Add(reset);
        return command;
    }

    private static async Task<int> ResetAsync(ServiceProvider services, string name, bool factor, CancellationToken stop)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<RegistryDb>>().CreateDbContextAsync(stop);
        var normal = name.ToUpperInvariant();
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(person => person.NormalizedUserName == normal, stop) is not { } found)
            return await CommandLine.FailAsync(ExitCodes.Refused, $"Nobody is called '{name}'.");
        if (factor) await services.GetRequiredService<PersonChanges>().ResetSecondFactorAsync(caller: null, found.Id, stop);
        var made = (await services.GetRequiredService<Invitations>().ForPasswordAsync(caller: null, found.Id, stop)).Made!;
        System.Console.Out.WriteLine(made.Path);
        return ExitCodes.Done;
    }
}
