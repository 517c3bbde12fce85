using Microsoft.Data.Sqlite;
using Wanwu.Registry;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Registry;

/// <summary>A check says what refers to what is not there, though the database itself finds nothing wrong.</summary>
public sealed class RegistryCheckTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    [Theory]
    [InlineData("UPDATE Organisations SET ParentId = 'nowhere' WHERE Id = 'one'", "The organisation 'one' stands below 'nowhere', which is not there.")]
    [InlineData("UPDATE Organisations SET ParentId = 'two' WHERE Id = 'one'", "The organisation 'one' lies within itself.")]
    [InlineData("UPDATE Grants SET Organisation = 'nowhere'", "is over the organisation 'nowhere', which is not there.")]
    [InlineData("DELETE FROM AccessTokens", "who is not there.")]
    public async Task What_dangles_is_named(string harm, string told)
    {
        await wanwu.Administrator.OrganisationAsync("one");
        await wanwu.Administrator.OrganisationAsync("two", "one");
        await wanwu.Server.Get<AccessTokens>().CreateAsync("somebody", Role.Viewer, null, TestContext.Current.CancellationToken);
        var check = wanwu.Server.Get<RegistryCheck>();
        Assert.Equal([], (await check.RunAsync(TestContext.Current.CancellationToken)).Faults);
        var copy = Path.Combine(wanwu.Server.Folder, $"{Guid.NewGuid():N}.db");
        using var connection = wanwu.Server.Get<RegistryDatabase>().Open();
        // The copy is harmed: the server goes on.
        Execute(connection, $"VACUUM INTO '{copy}'");
        await using var harmed = new SqliteConnection($"Data Source={copy};Pooling=False;Foreign Keys=False");
        await harmed.OpenAsync(TestContext.Current.CancellationToken);
        Execute(harmed, harm);
        Assert.Contains(RegistryCheck.DanglingIn(harmed, TestContext.Current.CancellationToken), fault => fault.EndsWith(told, StringComparison.Ordinal));
        File.Delete(copy);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
