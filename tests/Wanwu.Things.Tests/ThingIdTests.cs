using CsCheck;

namespace Wanwu.Things.Tests;

public sealed class ThingIdTests
{
    [Fact]
    public void Text_and_bytes_of_any_id_read_back_as_the_same_id() => Gen.Guid.Sample(uuid =>
    {
        var id = new ThingId(uuid);
        var bytes = new byte[16];
        id.WriteBytes(bytes);
        Assert.Equal(id, ThingId.Parse(id.ToString()));
        Assert.Equal(id, ThingId.Parse(id.ToString().ToUpperInvariant()));
        Assert.Equal(id, ThingId.Parse(uuid.ToString("D")));
        Assert.Equal(id, ThingId.ReadBytes(bytes));
        Assert.Equal(uuid, id.ToUuid());
    });

    [Fact]
    public void Order_of_text_is_order_of_ids() => Gen.Select(Gen.Guid, Gen.Guid).Sample((a, b) =>
    {
        var (left, right) = (new ThingId(a), new ThingId(b));
        Assert.Equal(Math.Sign(left.CompareTo(right)), Math.Sign(string.CompareOrdinal(left.ToString(), right.ToString())));
    });

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcdefghjkmnpqr")]
    [InlineData("0123456789abcdefghjkmnpqrst")]
    [InlineData("81234567890123456789012345")] // 130 bits used
    [InlineData("0123456789012345678901234u")] // u is not in the alphabet
    [InlineData("01234567890123456789012345é")]
    public void Anything_else_is_no_id(string text) => Assert.False(ThingId.TryParse(text, null, out _));
}
