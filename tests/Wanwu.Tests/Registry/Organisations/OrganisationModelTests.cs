using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Registry;

namespace Wanwu.Tests.Registry.Organisations;

/// <summary>Random makings, moves and removals through the API, held against a dictionary of parents; a second reader of the file sees the same tree.</summary>
public sealed class OrganisationModelTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const string Organisations = "/api/v1/organisations";
    private readonly Random _random = new(20_260_723);
    private readonly Dictionary<string, string?> _naive = [];
    private readonly Dictionary<string, string> _things = [];

    [Fact]
    public async Task After_any_changes_the_tree_and_what_hangs_on_it_are_as_a_naive_one_says()
    {
        for (var step = 0; step < 250; step++)
        {
            var (id, parent) = ($"m{_random.Next(14)}", _random.Next(4) == 0 ? null : $"m{_random.Next(14)}");
            switch (_random.Next(10))
            {
                case < 4: await CreateAsync(id, parent); break;
                case < 7: await MoveAsync(id, parent); break;
                case < 9: await RemoveAsync(id); break;
                default: await GiveAsync(id, step); break;
            }
            if (step % 10 == 0) await SeeAsync(step);
        }
        await SeeAsync(250);
    }

    private IEnumerable<string> Above(string? id)
    {
        for (; id is not null && _naive.TryGetValue(id, out var parent); id = parent) yield return id;
    }

    private async Task CreateAsync(string id, string? parent)
    {
        var expected = _naive.ContainsKey(id) ? HttpStatusCode.Conflict : parent is not null && !_naive.ContainsKey(parent) ? HttpStatusCode.BadRequest : HttpStatusCode.Created;
        await wanwu.Administrator.CreateAsync(Organisations, new JsonObject { ["id"] = id, ["name"] = $"name of {id}", ["parent"] = parent }.ToJsonString(), expected);
        if (expected == HttpStatusCode.Created) _naive[id] = parent;
    }

    private async Task MoveAsync(string id, string? parent)
    {
        var expected = !_naive.TryGetValue(id, out var before) ? HttpStatusCode.NotFound
            : parent is not null && parent != before && (!_naive.ContainsKey(parent) || Above(parent).Contains(id)) ? HttpStatusCode.BadRequest : HttpStatusCode.OK;
        await wanwu.Administrator.CallAsync(HttpMethod.Patch, $"{Organisations}/{id}", new JsonObject { ["parent"] = parent }.ToJsonString(), expected);
        if (expected == HttpStatusCode.OK) _naive[id] = parent;
    }

    private async Task RemoveAsync(string id)
    {
        var expected = !_naive.ContainsKey(id) ? HttpStatusCode.NotFound : _naive.ContainsValue(id) || _things.ContainsValue(id) ? HttpStatusCode.Conflict : HttpStatusCode.NoContent;
        await wanwu.Administrator.CallAsync(HttpMethod.Delete, $"{Organisations}/{id}", expect: expected);
        if (expected == HttpStatusCode.NoContent) _naive.Remove(id);
    }

    private async Task GiveAsync(string organisation, int step)
    {
        var expected = _naive.ContainsKey(organisation) ? HttpStatusCode.Created : HttpStatusCode.BadRequest;
        var made = await wanwu.Administrator.CreateAsync("/api/v1/things", new JsonObject { ["name"] = $"thing {step}", ["organisation"] = organisation }.ToJsonString(), expected);
        if (expected == HttpStatusCode.Created) _things[made.Text("id")] = organisation;
    }

    private async Task SeeAsync(int step)
    {
        var tree = wanwu.Server.Get<ThingDirectory>().Organisations;
        Assert.Equal(_naive.OrderBy(pair => pair.Key), tree.All.Select(entry => KeyValuePair.Create(entry.Id, entry.Parent)).OrderBy(pair => pair.Key));
        // Read anew from the file, as another process does.
        var known = new RegistryKnown();
        wanwu.Server.Get<RegistryReader>().Read(-1, known);
        Assert.Equal(_naive.OrderBy(pair => pair.Key), known.Organisations.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Parent)).OrderBy(pair => pair.Key));
        var some = $"m{_random.Next(14)}";
        var found = (await wanwu.Administrator.ReadAsync($"/api/v1/things?organisation={some}&limit=1000"))["items"]!.AsArray().Select(item => item!.Text("id")).Order();
        Assert.True(found.SequenceEqual(_things.Where(thing => Above(thing.Value).Contains(some)).Select(thing => thing.Key).Order()), $"step {step}: things within {some}");
    }
}
