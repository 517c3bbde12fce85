namespace Wanwu.Things.Tests;

/// <summary>Values whose check digits were computed apart from this code.</summary>
public sealed class CheckedSchemesTests
{
    public static readonly TheoryData<string, string, string> Right = new()
    {
        { "gtin", "09506000134352", "09506000134352" }, { "gtin", "6901234567892", "06901234567892" }, { "gtin", "012345678905", "00012345678905" },
        { "gtin", "96385074", "00000096385074" }, { "gtin", "4006381333931", "04006381333931" }, { "gtin", "(01)09506000134352", "09506000134352" },
        { "sscc", "106141411234567897", "106141411234567897" }, { "sscc", "952123456789012345", "952123456789012345" }, { "sscc", "(00) 1 0614141 123456789 7", "106141411234567897" },
        { "gln", "0614141000012", "0614141000012" },
        { "gmn", "1987654Ad4X4bL5ttr2310c2K", "1987654Ad4X4bL5ttr2310c2K" },
        { "vin", "1M8GDM9AXKP042788", "1M8GDM9AXKP042788" }, { "vin", "11111111111111111", "11111111111111111" }, { "vin", "5gzcz43d13s812715", "5GZCZ43D13S812715" }, { "vin", "LVSHCAMB1CE054249", "LVSHCAMB1CE054249" },
        { "imei", "490154203237518", "490154203237518" }, { "imei", "356938035643809", "356938035643809" }, { "imei", "352099001761481", "352099001761481" },
        { "iccid", "89014103211118510720", "89014103211118510720" },
        { "eid", "89049032123451234512345678901235", "89049032123451234512345678901235" },
        { "uscc", "91350100M000100Y43", "91350100M000100Y43" }, { "uscc", "91110105771583283D", "91110105771583283D" }, { "uscc", "91110000802100433B", "91110000802100433B" },
        { "uscc", "91110108740084270C", "91110108740084270C" }, { "uscc", "91110108735106340Y", "91110108735106340Y" }, { "uscc", "91440300708461136T", "91440300708461136T" }, { "uscc", "91110108551385082q", "91110108551385082Q" },
        { "org-code", "D2143569-X", "D2143569X" }, { "org-code", "77158328-3", "771583283" }, { "org-code", "M000100Y4", "M000100Y4" },
    };

    [Theory, MemberData(nameof(Right))]
    public void Right_value_passes(string scheme, string value, string canonical) =>
        Assert.Equal(new IdentifierCheck(canonical, null), IdentifierSchemes.Find(scheme)!.Check(value));

    [Theory, MemberData(nameof(Right))]
    public void Any_one_digit_changed_is_caught(string scheme, string value, string canonical)
    {
        Assert.NotNull(value);
        var rule = IdentifierSchemes.Find(scheme)!;
        for (var at = 0; at < canonical.Length; at++)
        {
            if (!char.IsAsciiDigit(canonical[at]) || IsPadding(scheme, canonical, at)) continue;
            for (var digit = '0'; digit <= '9'; digit++)
            {
                if (digit == canonical[at]) continue;
                var wrong = canonical[..at] + digit + canonical[(at + 1)..];
                var check = rule.Check(wrong);
                // A vehicle that comes from elsewhere need not follow the check digit.
                if (scheme == "vin" && at == 0 && wrong[0] is not ('1' or '4' or '5')) Assert.NotNull(check.Doubt);
                else Assert.False(check.IsValid, $"{wrong} passes as {scheme}.");
            }
        }
    }

    /// <summary>A serial after a checked key has no check of its own.</summary>
    private static bool IsPadding(string scheme, string canonical, int at) => scheme == "grai" && at >= 14 && at < canonical.Length;

    [Theory]
    [InlineData("vin", "LSVAU033772130105", "The check digit is 7, should be 1.")]
    [InlineData("imei", "490154203237519", "The check digit is 9, should be 8.")]
    [InlineData("uscc", "91350100M000100Y4Z", "Character 18, 'Z', is not allowed; allowed are digits and letters except I, O, S, V, Z.")]
    [InlineData("uscc", "91310115MA1H8R7C6D", "The check digit is D, should be 7.")]
    [InlineData("uscc", "91350200M000000510", "The check digit is 0, should be D.")]
    [InlineData("gtin", "6901234567", "The value has 10 digits; a GTIN has 8, 12, 13 or 14.")]
    [InlineData("sscc", "00614141123456789", "The value has 17 digits, should have 18.")]
    [InlineData("gmn", "1987654Ad4X4bL5ttr2310c2L", "The check characters are 2L, should be 2K.")]
    [InlineData("imei", "4901542032375184", "16 digits are an IMEISV (scheme imeisv); an IMEI has 15.")]
    [InlineData("iccid", "79014103211118510720", "The value begins with 79, should begin with 89.")]
    [InlineData("eid", "89049032123451234512345678901236", "The check digits are 36, should be 35.")]
    [InlineData("vin", "1M8GDM9AXKPO42788", "Character 12, 'O', is not allowed; allowed are digits and letters except I, O, Q.")]
    [InlineData("org-code", "D21435690", "The check digit is 0, should be X.")]
    public void Wrong_value_is_told_what_is_wrong(string scheme, string value, string fault) =>
        Assert.Equal(fault, IdentifierSchemes.Find(scheme)!.Check(value).Fault);

    [Fact]
    public void European_vehicle_without_check_digit_is_a_doubt()
    {
        var check = IdentifierSchemes.Find("vin")!.Check("WVWZZZ1JZXW000001");
        Assert.True(check.IsValid);
        Assert.StartsWith("The ninth character is Z;", check.Doubt, StringComparison.Ordinal);
    }
}
