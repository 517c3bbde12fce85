using System.Text;
using CsCheck;
using Wanwu.Connect.Mqtt;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Connect;

/// <summary>Routes as publishers keep them, while subscriptions come and go.</summary>
public sealed class RoutesTests
{
    private static readonly Gen<string> Level = Gen.OneOf(Gen.Const("a"), Gen.Const("b"), Gen.Const(""));
    private static readonly Gen<string> Topic = Level.Array[1, 3].Select(levels => string.Join('/', levels)).Where(topic => topic.Length > 0);
    private static readonly Gen<string> Plain = Gen.Select(Gen.OneOf(Level, Gen.Const("+")).Array[0, 3], Gen.Bool)
        .Select((levels, rest) => string.Join('/', rest || levels.Length == 0 ? [.. levels, "#"] : levels)).Where(filter => filter.Length > 0);
    private static readonly Gen<string> Filter = Gen.Select(Plain, Gen.Int[0, 3]).Select((filter, share) => share > 1 ? filter : $"$share/{(share == 0 ? "g" : "h")}/{filter}");

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static ClientSession Session(string id) => new(id, id, new Caller(CallerKind.Program, id, null), new MqttSession(new SessionLimits()));

    private static Subscription Of(ClientSession session, string filter) => new(session, Utf8(filter), new SubscriptionOptions(1), 0);

    /// <summary>What the route delivers to, by session and share, as the standard says it filter by filter.</summary>
    private static IEnumerable<string> Expected(IEnumerable<ClientSession> sessions, byte[] topic) => sessions
        .SelectMany(session => session.Subscriptions.Values.Where(one => TopicFilter.Matches(one.Topics, topic))
            .Select(one => one.IsShared ? Encoding.UTF8.GetString(one.Filter) : session.ClientId)).Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<string> Found(TopicRoute route) => route.Targets.Select(target => target.Session.ClientId)
        .Concat(route.Groups.Select(group => Encoding.UTF8.GetString(group.Key))).Order(StringComparer.Ordinal);

    [Fact]
    public void A_route_that_is_kept_is_right_after_every_change() =>
        Gen.Select(Gen.Select(Gen.Int[0, 2], Filter, Gen.Int[0, 5]).Array[1, 40], Topic.Array[1, 6]).Sample((changes, names) =>
        {
            var routes = new Routes();
            var sessions = new[] { Session("x"), Session("y"), Session("z") };
            var topics = names.Distinct().Select(Utf8).ToArray();
            var kept = new TopicRoute?[topics.Length];
            foreach (var (who, filter, what) in changes)
            {
                if (what == 0) routes.RemoveAll(sessions[who]);
                else if (what < 3) routes.Remove(sessions[who], Utf8(filter));
                else routes.Add(Of(sessions[who], filter), atMost: 100);
                for (var i = 0; i < topics.Length; i++)
                    Assert.Equal(Expected(sessions, topics[i]), Found(routes.Find(topics[i], ref kept[i])));
            }
            Assert.Equal(sessions.Sum(session => session.Subscriptions.Count), routes.Count);
        }, iter: 2_000);

    [Fact]
    public void A_message_goes_to_one_member_of_each_group() => Gen.Select(Gen.Int[1, 6], Gen.Int[1, 60]).Sample((members, messages) =>
    {
        var routes = new Routes();
        var sessions = Enumerable.Range(0, members).Select(i => Session($"{i}")).ToArray();
        foreach (var session in sessions)
        {
            session.State.Attach(new MqttOutput(1 << 20), 100, 0);
            routes.Add(Of(session, "$share/g/a/+"), 10);
        }
        TopicRoute? route = null;
        var group = Assert.Single(routes.Find("a/b"u8, ref route).Groups);
        var chosen = new List<ClientSession>();
        for (var i = 0; i < messages; i++)
        {
            Assert.True(group.TryChoose(0, null, out var member));
            chosen.Add(member.Session);
        }
        // In turn: nobody gets two more than another.
        var shares = sessions.Select(session => chosen.Count(one => ReferenceEquals(one, session))).ToArray();
        Assert.InRange(shares.Max() - shares.Min(), 0, 1);
    }, iter: 200);

    [Fact]
    public void While_a_fleet_subscribes_the_routes_of_others_hold()
    {
        var routes = new Routes();
        routes.Add(Of(Session("dashboard"), "plant/+/temperature"), 10);
        var topics = Enumerable.Range(0, 100).Select(i => Utf8($"plant/{i}/temperature")).ToArray();
        var kept = new TopicRoute?[topics.Length];
        for (var i = 0; i < topics.Length; i++) routes.Find(topics[i], ref kept[i]);
        var again = 0;
        for (var device = 0; device < 20_000; device++)
        {
            routes.Add(Of(Session($"{device}"), $"fleet/{device}/#"), 10);
            var i = device % topics.Length;
            var before = kept[i];
            again += ReferenceEquals(routes.Find(topics[i], ref kept[i]), before) ? 0 : 1;
        }
        // Counters are shared by chance: a few routes are worked out once too often, not twenty thousand.
        Assert.InRange(again, 0, 400);
        routes.Add(Of(Session("late"), "plant/7/#"), 10);
        Assert.Equal(2, routes.Find(topics[7], ref kept[7]).Targets.Length);
        Assert.Single(routes.Find(topics[8], ref kept[8]).Targets);
    }

    [Fact]
    public void A_publish_costs_the_same_beside_a_hundred_thousand_wildcards()
    {
        var routes = new Routes();
        var session = Session("many");
        for (var i = 0; i < 100_000; i++) routes.Add(Of(session, $"fleet/{i}/+/#"), int.MaxValue);
        routes.Add(Of(Session("one"), "fleet/7/state/+"), 10);
        TopicRoute? route = null;
        routes.Find("fleet/7/state/on"u8, ref route);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) Assert.Same(route, routes.Find("fleet/7/state/on"u8, ref route));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(["many", "one"], Found(route!));
    }
}
