using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Wanwu.Security.Access;
using Wanwu.Security.Access.People;

namespace Wanwu.Tests.Security.People;

public sealed class PasswordRuleTests
{
    [Theory]
    [InlineData("short1", false)]
    [InlineData("Password123!", false)]
    [InlineData("p@ssw0rd2026", false)]
    [InlineData("qwertyuiop", false)]
    [InlineData("1234567890", false)]
    [InlineData("abcdefghij1", false)]
    [InlineData("admin-admin-admin", false)]
    [InlineData("1qaz2wsx3edc", false)]
    [InlineData("aaaabbbbbbbb", false)]
    [InlineData("my name is olga", false)]
    [InlineData("correct horse battery", true)]
    [InlineData("每日三省吾身為人謀而不忠乎", true)]
    [InlineData("kp9-mvw-2xt", true)]
    public void A_password_is_long_and_not_on_the_lists_of_guessers(string password, bool isGood) =>
        Assert.Equal(isGood, new PasswordRules(Options.Create(new PeopleOptions()), new PasswordHasher<Person>()).FaultOf("olga", password) is null);
}
