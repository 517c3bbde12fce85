using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Wanwu.Security.Access.People;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>What a person's name and password must be. Length protects; forced mixtures of characters only make passwords hard to remember, so they are asked for only where an auditor asks.</summary>
internal sealed class PasswordRules(IOptions<PeopleOptions> options, IPasswordHasher<Person> hasher) : IPasswordValidator<Person>
{
    public const int MaxLength = 200, MaxName = 64;

    public int MinLength => options.Value.PasswordMinLength;

    /// <summary>What is wrong with the password, or null.</summary>
    public string? FaultOf(string? name, string? password) => password switch
    {
        null => $"A password has at least {MinLength} characters.",
        _ when password.Length < MinLength => $"A password has at least {MinLength} characters.",
        { Length: > MaxLength } => $"A password has at most {MaxLength} characters.",
        _ when name is { Length: > 0 } && password.Contains(name, StringComparison.OrdinalIgnoreCase) => "A password must not contain the name.",
        _ when password.Distinct().Count() < 4 => "A password of so few different characters is guessed at once.",
        _ when CommonPasswords.Contains(password) => "This password is on every guesser's list.",
        _ when KindsOf(password) < options.Value.PasswordKinds => $"A password mixes at least {options.Value.PasswordKinds} of: small letters, capitals, digits, other characters.",
        _ => null,
    };

    /// <summary>What is wrong with a person's name, or null.</summary>
    public static string? FaultOfName(string? name) =>
        name is { Length: > 0 and <= MaxName } && name.EnumerateRunes().All(rune => System.Text.Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_' or '.' or '@')
        && !ThingId.TryParse(name, null, out _)
            ? null : $"A name is 1 to {MaxName} letters, digits and - _ . @";

    /// <summary>Whether the account has, or had lately, this password.</summary>
    public bool WasUsed(Person person, string password) => options.Value.PasswordHistory > 0
        && ((string?[])[person.PasswordHash, .. person.PasswordHistory]).Take(options.Value.PasswordHistory).OfType<string>()
            .Any(hash => hasher.VerifyHashedPassword(person, hash, password) != PasswordVerificationResult.Failed);

    /// <summary>Whether it has to be changed before anything else is done; who has none has none to change.</summary>
    public bool IsOver(Person person, Timestamp now) => person.PasswordHash is not null && (person.MustChangePassword
        || (options.Value.PasswordDays > 0 && person.PasswordChanged is { } changed && changed.ToDateTimeOffset().AddDays(options.Value.PasswordDays) <= now.ToDateTimeOffset()));

    /// <summary>Gives the account a password that was found good, and remembers the last ones.</summary>
    public void Give(Person person, string password, Timestamp now)
    {
        if (person.PasswordHash is { } old) person.PasswordHistory = [.. person.PasswordHistory.Prepend(old).Take(Math.Max(0, options.Value.PasswordHistory - 1))];
        person.PasswordHash = hasher.HashPassword(person, password);
        (person.PasswordChanged, person.MustChangePassword, person.AccessFailedCount, person.LockoutEnd) = (now, false, 0, null);
    }

    public Task<IdentityResult> ValidateAsync(UserManager<Person> manager, Person user, string? password) =>
        Task.FromResult(FaultOf(user.UserName, password) is { } fault
            ? IdentityResult.Failed(new IdentityError { Code = "Password", Description = fault })
            : IdentityResult.Success);

    private static int KindsOf(string password) => (password.Any(char.IsLower) ? 1 : 0) + (password.Any(char.IsUpper) ? 1 : 0)
        + (password.Any(char.IsDigit) ? 1 : 0) + (password.Any(sign => !char.IsLower(sign) && !char.IsUpper(sign) && !char.IsDigit(sign)) ? 1 : 0);
}
