using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.People;

/// <summary>A secret that was offered and not yet confirmed by a code.</summary>
/// <param name="Sealed">For the form to bring it back: only this server can open it, for this person, within ten minutes.</param>
internal sealed record OfferedSecret(string Text, string Link, string Sealed);

/// <summary>The second factor: codes of an authenticator app, and recovery codes for the day it is lost.</summary>
internal sealed class SecondFactors(RegistryWriter writer, IDataProtectionProvider protection, PeopleRules rules, TimeProvider clock, IOptions<PeopleOptions> options)
{
    private const int RecoveryCount = 10, RecoveryBytes = 10, MaxCode = 40;
    private static readonly TimeSpan OfferLife = TimeSpan.FromMinutes(10);
    private readonly IDataProtector _secrets = protection.CreateProtector("Wanwu.SecondFactor");
    private readonly ITimeLimitedDataProtector _offers = protection.CreateProtector("Wanwu.SecondFactorOffer").ToTimeLimitedDataProtector();

    /// <summary>Whether the rule asks this person for one.</summary>
    public bool IsAsked(Person person) => options.Value.SecondFactor switch
    {
        SecondFactorRule.Everyone => true,
        SecondFactorRule.Administrators => rules.IsAdministration(person.Id),
        _ => false,
    };

    public OfferedSecret Offer(Guid person, string account)
    {
        var secret = RandomNumberGenerator.GetBytes(Totp.SecretBytes);
        return Shown(secret, account, _offers.Protect($"{person:N}{Convert.ToHexString(secret)}", clock.GetUtcNow() + OfferLife));
    }

    /// <summary>The same secret once more, after a wrong code.</summary>
    public OfferedSecret? Again(Guid person, string account, string? offer) => Open(person, offer) is { } secret ? Shown(secret, account, offer!) : null;

    private static OfferedSecret Shown(byte[] secret, string account, string offer) => new(Totp.TextOf(secret), Totp.LinkOf(account, secret), offer);

    /// <summary>Sets it up once a code shows that the app has the secret.</summary>
    /// <returns>The recovery codes, shown this once; null when the code is wrong or the offer too old.</returns>
    public async Task<IReadOnlyList<string>?> SetUpAsync(Guid id, string? offer, string code, CancellationToken stop)
    {
        if (Open(id, offer) is not { } secret || Totp.StepOf(secret, Plain(code), clock.GetUtcNow(), after: 0) is not { } step) return null;
        return await writer.WriteAsync(async db =>
        {
            var person = await db.Users.SingleAsync(known => known.Id == id, stop);
            (person.SecondFactorSecret, person.SecondFactorStep) = (_secrets.Protect(secret), step);
            return GiveRecovery(person);
        }, stop);
    }

    /// <summary>Takes a code of the app, or a recovery code, each once.</summary>
    public Task<bool> VerifyAsync(Guid id, string code, CancellationToken stop)
    {
        var plain = Plain(code);
        return plain.Length is 0 or > MaxCode ? Task.FromResult(false) : writer.WriteAsync(async db =>
        {
            var person = await db.Users.SingleAsync(known => known.Id == id, stop);
            if (person.SecondFactorSecret is not { } kept) return false;
            if (OpenKept(kept) is { } secret && Totp.StepOf(secret, plain, clock.GetUtcNow(), person.SecondFactorStep) is { } step)
            {
                person.SecondFactorStep = step;
                return true;
            }
            var hash = HashOf(plain);
            if (!person.RecoveryHashes.Contains(hash)) return false;
            person.RecoveryHashes = [.. person.RecoveryHashes.Where(other => other != hash)];
            return true;
        }, stop);
    }

    /// <summary>New recovery codes in place of those that are left.</summary>
    public async Task<IReadOnlyList<string>> NewRecoveryAsync(Guid id, CancellationToken stop) =>
        await writer.WriteAsync(async db => GiveRecovery(await db.Users.SingleAsync(known => known.Id == id, stop)), stop);

    /// <summary>Takes it off, for whom none is asked; a code has been given before.</summary>
    public Task<bool> RemoveAsync(Guid id, CancellationToken stop) => writer.WriteAsync(async db =>
    {
        var person = await db.Users.SingleAsync(known => known.Id == id, stop);
        if (IsAsked(person)) return false;
        (person.SecondFactorSecret, person.RecoveryHashes) = (null, []);
        return true;
    }, stop);

    /// <summary>By when it has to be set up; the days of grace begin with the first sign-in at which it is asked for.</summary>
    /// <returns>Null when none is asked, or it is there.</returns>
    public async Task<Timestamp?> DueAsync(Person person, CancellationToken stop)
    {
        if (person.HasSecondFactor || !IsAsked(person)) return null;
        return person.SecondFactorDue ?? await writer.WriteAsync(async db =>
        {
            var kept = await db.Users.SingleAsync(known => known.Id == person.Id, stop);
            return kept.SecondFactorDue ??= Timestamp.From(clock.GetUtcNow().AddDays(options.Value.SecondFactorGraceDays));
        }, stop);
    }

    private static string[] GiveRecovery(Person person)
    {
        string[] codes = [.. Enumerable.Range(0, RecoveryCount).Select(_ => Totp.TextOf(RandomNumberGenerator.GetBytes(RecoveryBytes)))];
        person.RecoveryHashes = [.. codes.Select(HashOf)];
        // 80 random bits in groups that can be typed.
        return [.. codes.Select(code => string.Join('-', code.Chunk(4).Select(part => new string(part))))];
    }

    private byte[]? Open(Guid person, string? offer)
    {
        if (offer is null) return null;
        try
        {
            var text = _offers.Unprotect(offer, out var until);
            return until > clock.GetUtcNow() && text.StartsWith($"{person:N}", StringComparison.Ordinal) ? Convert.FromHexString(text.AsSpan(32)) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Null when the keys that sealed it are gone: then recovery codes are left, and the administrator.</summary>
    private byte[]? OpenKept(byte[] kept)
    {
        try
        {
            return _secrets.Unprotect(kept);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string Plain(string code) => new([.. code.Where(sign => sign is not (' ' or '-')).Select(char.ToUpperInvariant)]);

    private static string HashOf(string code) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
}
