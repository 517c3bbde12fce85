using System.Text.Json;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security.Grants;

/// <summary>Whoever is kept in a file for later, as the one who asked for an import, may then do neither more nor less.</summary>
public sealed class KeptCallerTests
{
    private static Caller Kept(Caller caller) => JsonSerializer.Deserialize<Caller>(JsonSerializer.Serialize(caller, JsonSerializerOptions.Web), JsonSerializerOptions.Web)!;

    [Fact]
    public void A_caller_that_is_kept_is_the_same_again()
    {
        var all = new Caller(CallerKind.Program, "archive", null) { Id = "p1", Token = "t1" };
        Assert.Equal(all, Kept(all));
        Assert.True(Kept(all).Scope.IsAll);
        var narrowed = all with { Scope = PermissionSet.Of([Permission.Report, Permission.ReadObservations]) };
        Assert.Equal(narrowed, Kept(narrowed));
        Assert.False(Kept(narrowed).Scope.Has(Permission.ChangeThings));
        var nothing = all with { Scope = PermissionSet.Of([]) };
        Assert.True(Kept(nothing).Scope.IsEmpty);
    }

    [Theory]
    [InlineData("""{"kind":1,"name":"x","scope":{}}""")]
    [InlineData("""{"kind":1,"name":"x","scope":7}""")]
    public void What_says_no_scope_is_refused_rather_than_read_as_one(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Caller>(json, JsonSerializerOptions.Web));

    [Fact]
    public void A_record_from_before_scopes_is_of_everything() =>
        Assert.True(JsonSerializer.Deserialize<Caller>("""{"kind":1,"name":"x"}""", JsonSerializerOptions.Web)!.Scope.IsAll);
}
