using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Things;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Wanwu.Security.Access.OAuth;

/// <summary>What a person has let a program do in the person's name.</summary>
/// <param name="Scope">All that was ever let, and has not been taken back or come to its end.</param>
internal sealed record OwnProgram(string ClientId, string Name, IReadOnlyList<string> Scope, Timestamp Since, Timestamp Last);

/// <summary>The programs that act for a person, as the person sees them, and takes back what it once let.</summary>
internal sealed class OwnPrograms(IDbContextFactory<RegistryDb> contexts, RegistryWriter writer, OAuthTokens tokens, TimeProvider clock)
{
    public async Task<IReadOnlyList<OwnProgram>> ListAsync(Guid person, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var (subject, now) = (person.ToString(), clock.GetUtcNow().UtcDateTime);
        // One of which nothing holds any more lets nobody do anything.
        var rows = await db.Set<ProgramGrantRow>().AsNoTracking()
            .Where(row => row.Subject == subject && row.Status == Statuses.Valid && row.Application != null && row.Tokens.Any(token => token.Status == Statuses.Valid && token.ExpirationDate > now))
            .Select(row => new { row.Application!.ClientId, row.Application.DisplayName, row.Scopes, row.CreationDate }).ToListAsync(stop);
        return [.. rows.GroupBy(row => row.ClientId).Select(of => new OwnProgram(of.Key!, of.First().DisplayName ?? of.Key!, [.. of.SelectMany(row => AskedScopes.Texts(row.Scopes)).Distinct()],
            TimeOf(of.Min(row => row.CreationDate)), TimeOf(of.Max(row => row.CreationDate)))).OrderByDescending(program => program.Last)];
    }

    /// <summary>Ends all that the program was let do, with its tokens.</summary>
    /// <returns>False when it was let do nothing.</returns>
    public async Task<bool> WithdrawAsync(Guid person, string clientId, CancellationToken stop)
    {
        var subject = person.ToString();
        var found = await writer.WriteAsync(async db =>
        {
            var rows = await db.Set<ProgramGrantRow>().Include(row => row.Tokens).Where(row => row.Subject == subject && row.Status == Statuses.Valid && row.Application!.ClientId == clientId).ToListAsync(stop);
            foreach (var row in rows) row.Status = Statuses.Revoked;
            foreach (var token in rows.SelectMany(row => row.Tokens).Where(token => token.Status == Statuses.Valid)) token.Status = Statuses.Revoked;
            return rows.Count > 0;
        }, stop);
        tokens.Forget();
        return found;
    }

    private static Timestamp TimeOf(DateTime? time) => Timestamp.From(new DateTimeOffset(DateTime.SpecifyKind(time ?? DateTime.UnixEpoch, DateTimeKind.Utc)));
}
