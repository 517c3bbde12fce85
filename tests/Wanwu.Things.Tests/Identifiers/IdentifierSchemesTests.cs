using System.Text.Json;
using CsCheck;

namespace Wanwu.Things.Tests;

public sealed class IdentifierSchemesTests
{
    public static TheoryData<string> Names => new(IdentifierSchemes.All.Select(static s => s.Name));

    [Theory, MemberData(nameof(Names))]
    public void Example_of_each_scheme_is_canonical(string name)
    {
        var scheme = IdentifierSchemes.Find(name)!;
        Assert.Equal(new IdentifierCheck(scheme.Example, null), scheme.Check(scheme.Example));
        Assert.Equal(scheme, JsonSerializer.Deserialize<IdentifierScheme>(JsonSerializer.Serialize(scheme)));
    }

    [Theory, MemberData(nameof(Names))]
    public void No_text_makes_a_rule_throw_and_canonical_text_stays_as_it_is(string name)
    {
        var scheme = IdentifierSchemes.Find(name)!;
        var near = Gen.Select(Gen.Int[0, scheme.Example.Length - 1], Gen.Char, Gen.Int[0, 3]).Select((at, c, how) => how switch
        {
            0 => scheme.Example[..at] + c + scheme.Example[(at + 1)..],
            1 => scheme.Example[..at] + scheme.Example[(at + 1)..],
            2 => scheme.Example[..at] + c + scheme.Example[at..],
            _ => new string(c, at),
        });
        Gen.OneOf(Gen.String, near, Gen.String[Gen.Char[" -~"], 0, 40], Gen.String[Gen.Char["0123456789ABCDEF"], 0, 40]).Sample(text =>
        {
            var check = scheme.Check(text);
            Assert.True(check.Value is null != check.Fault is null);
            if (check.IsValid) Assert.Equal(check.Value, scheme.Check(check.Value).Value);
        }, iter: 3_000);
    }

    [Theory, MemberData(nameof(Names))]
    public void Empty_and_endless_values_are_refused(string name)
    {
        var scheme = IdentifierSchemes.Find(name)!;
        Assert.Equal("The value is empty.", scheme.Check("  ").Fault);
        Assert.Equal("The value is empty.", scheme.Check(null).Fault);
        Assert.Equal("The value has 257 characters; 256 are allowed.", scheme.Check(new string('1', 257)).Fault);
    }

    [Fact]
    public void Names_are_unique_lower_case_words() =>
        Assert.All(IdentifierSchemes.All, static s => Assert.Matches("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", s.Name));
}
