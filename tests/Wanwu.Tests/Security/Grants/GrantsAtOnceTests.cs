using Wanwu.Security.Access;
using Wanwu.Tests.Security.Programs;

namespace Wanwu.Tests.Security.Grants;

/// <summary>What no two changes may bring about together, each of which alone would be allowed.</summary>
public sealed class GrantsAtOnceTests : IAsyncLifetime
{
    private WanwuServer _server = null!;
    private GrantDesk _desk = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Grant[] Lasting =>
        [.. _server.Get<CurrentGrants>().Book.All.Where(grant => grant is { Kind: CallerKind.Person, Role: Role.Administrator, Expires: null, Scope.IsEverything: true })];

    public async ValueTask InitializeAsync()
    {
        _server = await WanwuServer.StartAsync();
        _desk = _server.Get<GrantDesk>();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Of_administrators_ended_all_at_once_one_is_left()
    {
        var people = new List<SignedIn>();
        for (var i = 0; i < 4; i++) people.Add(await SignedIn.AsAsync(_server, Role.Administrator));
        var ended = Lasting;

        var outcomes = await Task.WhenAll(ended.Select(grant => Task.Run(() => _desk.EndAsync(by: null, grant.Id, Stop), Stop)));

        Assert.Single(outcomes, outcome => outcome.Refusal is not null);
        Assert.Single(Lasting);
        people.ForEach(person => person.Dispose());
    }

    [Fact]
    public async Task Of_two_administrations_granted_to_one_account_at_once_it_gets_one()
    {
        for (var round = 0; round < 5; round++)
        {
            using var person = await SignedIn.AsAsync(_server);
            var orders = PeopleAdministrations.Select(role => new GrantOrder(GrantSubject.Person(person.Id), role, GrantScope.Everything, "test"));

            var outcomes = await Task.WhenAll(orders.Select(order => Task.Run(() => _desk.MakeAsync(by: null, order, Stop), Stop)));

            Assert.Single(outcomes, outcome => outcome.Refusal is null);
            Assert.Single(_server.Get<CurrentGrants>().Book.Of(CallerKind.Person, person.Id.ToString()).Grants);
        }
    }

    private static readonly string[] PeopleAdministrations = [Role.Administrator, Role.SecurityOfficer, Role.Auditor];
}
