using System.Text.Json;
using CsCheck;

namespace Wanwu.Things.Tests;

public sealed class IdentifierTests
{
    private static readonly Gen<IdentifierScheme> AnyScheme = Gen.Int[0, IdentifierSchemes.All.Count - 1].Select(static i => IdentifierSchemes.All[i]);

    [Fact]
    public void Identifier_of_every_scheme_reads_back_from_text_and_json() => AnyScheme.Sample(scheme =>
    {
        var identifier = Identifier.Create(scheme.Name, scheme.Example);
        Assert.Equal(identifier, Identifier.Parse(identifier.ToString()));
        var json = JsonSerializer.Serialize(identifier);
        Assert.Equal(identifier, JsonSerializer.Deserialize<Identifier>(json));
        Assert.Equal(identifier, JsonSerializer.Deserialize<Identifier>(JsonSerializer.Serialize(identifier.ToString())));
    });

    [Fact]
    public void Json_is_scheme_and_value() => Assert.Equal(
        """{"scheme":"eui64","value":"0004A30B001C0530"}""", JsonSerializer.Serialize(Identifier.Create("eui64", "00-04-a3-0b-00-1c-05-30")));

    [Fact]
    public void Raw_text_is_kept_and_does_not_count()
    {
        var (a, b) = (Identifier.Create("imei", "49-015420-323751-8"), Identifier.Create("IMEI", " 490154203237518 "));
        Assert.Equal("49-015420-323751-8", a.Raw);
        Assert.Equal("490154203237518", b.Raw);
        Assert.True(a == b && a.Equals((object)b) && a.GetHashCode() == b.GetHashCode());
        Assert.True(a != Identifier.Create("imei", "356938035643809"));
    }

    [Fact]
    public void Text_of_a_urn_is_the_urn()
    {
        var urn = Identifier.Parse("URN:Example:a:b");
        Assert.Equal(("urn", "urn:example:a:b", "urn:example:a:b"), (urn.Scheme.Name, urn.Value, urn.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("eui64")]
    [InlineData(":1")]
    [InlineData("eui64:")]
    [InlineData("nothing:1")]
    public void Text_without_a_known_scheme_is_refused(string text)
    {
        Assert.False(Identifier.TryParse(text, out _, out var fault));
        Assert.NotEmpty(fault);
        Assert.Throws<FormatException>(() => Identifier.Parse(text));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("{}")]
    [InlineData("""{"scheme":"imei"}""")]
    [InlineData("""{"scheme":"imei","value":1}""")]
    [InlineData("""{"scheme":"imei","value":"490154203237519"}""")]
    public void Other_json_is_refused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Identifier>(json));

    [Fact]
    public void Fault_names_the_scheme()
    {
        Assert.False(Identifier.TryCreate("gtin", "6901234567893", out _, out var fault));
        Assert.Equal("gtin: The check digit is 3, should be 2.", fault);
        Assert.False(Identifier.TryCreate("barcode", "1", out _, out fault));
        Assert.StartsWith("'barcode' is not an identifier scheme. Known are: urn, uuid,", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_no_identifier()
    {
        Assert.True(default(Identifier).IsNone);
        Assert.Equal(("", "", ""), (default(Identifier).Value, default(Identifier).Raw, default(Identifier).ToString()));
        Assert.Throws<InvalidOperationException>(() => default(Identifier).Scheme);
    }
}
