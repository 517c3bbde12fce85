using Microsoft.AspNetCore.Identity;

namespace Wanwu.Security.Access;

/// <summary>What a person's name and password must be. Length protects; forced mixtures of characters only make passwords hard to remember.</summary>
internal sealed class PasswordRules : IPasswordValidator<Person>
{
    public const int MinLength = 10, MaxLength = 200, MaxName = 64;

    /// <summary>What is wrong with the password, or null.</summary>
    public static string? FaultOf(string? name, string? password) => password switch
    {
        null or { Length: < MinLength } => $"A password has at least {MinLength} characters.",
        { Length: > MaxLength } => $"A password has at most {MaxLength} characters.",
        _ when name is { Length: > 0 } && password.Contains(name, StringComparison.OrdinalIgnoreCase) => "A password must not contain the name.",
        _ when password.Distinct().Count() < 4 => "A password of so few different characters is guessed at once.",
        _ => null,
    };

    /// <summary>What is wrong with a person's name, or null.</summary>
    public static string? FaultOfName(string? name) =>
        name is { Length: > 0 and <= MaxName } && name.EnumerateRunes().All(rune => System.Text.Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_' or '.' or '@')
        && !Things.ThingId.TryParse(name, null, out _)
            ? null : $"A name is 1 to {MaxName} letters, digits and - _ . @";

    public Task<IdentityResult> ValidateAsync(UserManager<Person> manager, Person user, string? password) =>
        Task.FromResult(FaultOf(user.UserName, password) is { } fault
            ? IdentityResult.Failed(new IdentityError { Code = "Password", Description = fault })
            : IdentityResult.Success);
}
