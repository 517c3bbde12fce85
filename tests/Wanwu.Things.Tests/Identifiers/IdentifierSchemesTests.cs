namespace Wanwu.Things.Tests;

public sealed class IdentifierSchemesTests
{
    public static TheoryData<string> Names => new(IdentifierSchemes.All.Select(static s => s.Name));

    [Theory, MemberData(nameof(Names))]
    public void Example_of_each_scheme_is_canonical(string name)
    {
        var scheme = IdentifierSchemes.Find(name)!;
        Assert.Equal(new IdentifierCheck(scheme.Example, null), scheme.Check(scheme.Example));
    }
}
