using System.Text;
using Wanwu.Security.Access.People;

namespace Wanwu.Tests.Security.People;

/// <summary>Codes of the second factor against the vectors of RFC 6238 (appendix B, SHA-1, the last six of its eight digits) and RFC 4648.</summary>
public sealed class TotpTests
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("12345678901234567890");

    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1_111_111_109, "081804")]
    [InlineData(1_111_111_111, "050471")]
    [InlineData(1_234_567_890, "005924")]
    [InlineData(2_000_000_000, "279037")]
    [InlineData(20_000_000_000, "353130")]
    public void A_code_is_that_of_the_standard(long seconds, string code) =>
        Assert.Equal(code, Totp.CodeOf(Secret, Totp.StepOf(DateTimeOffset.FromUnixTimeSeconds(seconds))));

    [Fact]
    public void A_clock_may_be_one_step_off_and_no_code_is_taken_twice()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(2_000_000_000);
        var step = Totp.StepOf(now);
        foreach (var off in (int[])[-1, 0, 1]) Assert.Equal(step + off, Totp.StepOf(Secret, Totp.CodeOf(Secret, step + off), now, after: 0));
        foreach (var off in (int[])[-2, 2]) Assert.Null(Totp.StepOf(Secret, Totp.CodeOf(Secret, step + off), now, after: 0));
        Assert.Null(Totp.StepOf(Secret, Totp.CodeOf(Secret, step), now, after: step));
        Assert.Null(Totp.StepOf(Secret, Totp.CodeOf(Secret, step - 1), now, after: step));
        Assert.Null(Totp.StepOf(Secret, "", now, after: 0));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void A_secret_is_typed_in_base32(string bytes, string text) => Assert.Equal(text, Totp.TextOf(Encoding.ASCII.GetBytes(bytes)));

    [Fact]
    public void The_link_names_account_and_issuer() =>
        Assert.Equal("otpauth://totp/Wanwu:%E7%8E%8B%20x?secret=MZXW6&issuer=Wanwu", Totp.LinkOf("王 x", "foo"u8));
}
