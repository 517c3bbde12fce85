using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary>The passwords that things get at first contact: given once, and, to a device that proves by its attempt that it is the one that asked, once more when the answer was lost.</summary>
internal sealed class FirstPasswords(ThingChanges changes, AttemptPasswords attempts, AuditTrail audit, IOptions<ContactOptions> options, TimeProvider clock)
{
    /// <summary>Makes the thing, with its password.</summary>
    public async Task<ThingResult> MakeAsync(ThingDraft draft, RegistrationKey key, Identifier identifier, string? attempt, CancellationToken stop)
    {
        var password = attempt is null ? null : attempts.Of(key.Id, identifier, attempt);
        var result = await changes.CreateAsync(draft, (db, row) =>
        {
            if (password is not null) row.Secret = ThingSecret.Of(System.Text.Encoding.ASCII.GetBytes(password)).ToBytes();
            return Registrations.CountAsync(db, key, stop);
        }, stop);
        return password is null || result.Outcome != ThingOutcome.Done ? result : result with { Password = password };
    }

    /// <summary>The thing fetches a password, as somebody has let it.</summary>
    public async Task<ThingResult> FetchAsync(ThingEntry thing, Guid key, Identifier identifier, string? attempt, CancellationToken stop)
    {
        if (attempt is null) return await changes.FetchSecretAsync(thing.Id, key, null, stop);
        var password = attempts.Of(key, identifier, attempt);
        // It was let in anew because the one it had is not to hold any more.
        return IsIts(thing, password) ? new ThingResult(ThingOutcome.Refused, thing.Id) : await changes.FetchSecretAsync(thing.Id, key, password, stop);
    }

    /// <summary>The answer that the same attempt was given a while ago; null where it was given none, or too long ago.</summary>
    public async Task<ThingResult?> AgainAsync(ThingEntry thing, Guid key, Identifier identifier, string? attempt)
    {
        if (attempt is null || thing.RegistersWith is not null || thing.IsRetired) return null;
        if (clock.GetUtcNow() - thing.Changed.ToDateTimeOffset() >= TimeSpan.FromMinutes(options.Value.AnswerAgainMinutes)) return null;
        var password = attempts.Of(key, identifier, attempt);
        if (thing.Secret?.Matches(System.Text.Encoding.ASCII.GetBytes(password)) != true) return null;
        await audit.AppendAsync(new AuditEvent("thing.answerAgain") { Object = new AuditObject("thing", thing.Id.ToString()) });
        return new ThingResult(ThingOutcome.Done, thing.Id, password);
    }

    private static bool IsIts(ThingEntry thing, string password)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(password);
        return thing.Secret?.Matches(bytes) == true || thing.Former?.Secret.Matches(bytes) == true;
    }
}
