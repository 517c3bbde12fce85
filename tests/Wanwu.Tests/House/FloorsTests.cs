using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;

namespace Wanwu.Tests.House;

/// <summary>The floors of the house: an upper one may use a lower one, never the reverse.</summary>
public sealed class FloorsTests
{
    /// <summary>From the ground up. Namespaces on one line share a floor and may use each other.</summary>
    private static readonly string[][] Floors =
    [
        ["Wanwu.Things"],
        ["Wanwu.Protocols"],
        ["Wanwu.Hosting.Options"],                                  // how a room declares its settings; no room's own matter
        ["Wanwu.Registry", "Wanwu.Security.Access", "Wanwu.Security.Audit", "Wanwu.Security.Certificates"],
        ["Wanwu.Telemetry"],
        ["Wanwu.Twins"],
        ["Wanwu.Rules", "Wanwu.Analysis"],
        ["Wanwu.Connect"],
        ["Wanwu.Sharing", "Wanwu.Governance", "Wanwu.Standards", "Wanwu.Security"],
        ["Wanwu.Console"],
        ["Wanwu.Hosting"],
    ];

    private static readonly Architecture House = new ArchLoader()
        .LoadAssemblies(Assembly.Load("Wanwu"), typeof(Things.ThingId).Assembly, Assembly.Load("Wanwu.Protocols"))
        .Build();

    [Fact]
    public void No_room_uses_a_room_above_it()
    {
        var wrong = from type in House.Types
                    let floor = FloorOf(type.Namespace.FullName)
                    where floor >= 0
                    from target in type.Dependencies.Select(dependency => dependency.Target).Distinct()
                    let targetFloor = FloorOf(target.Namespace?.FullName ?? "")
                    where targetFloor > floor
                    select $"{type.FullName} uses {target.FullName}";
        Assert.Equal([], wrong.Distinct().Order());
    }

    [Fact]
    public void Every_type_of_ours_stands_on_a_floor()
    {
        var homeless = House.Types
            .Where(type => type.Namespace.FullName.StartsWith("Wanwu", StringComparison.Ordinal) && FloorOf(type.Namespace.FullName) < 0)
            .Where(type => type.Namespace.FullName != "Wanwu")      // what generators leave in the root
            .Select(type => type.FullName);
        Assert.Equal([], homeless);
    }

    [Fact]
    public void Codecs_know_no_sockets_no_clock_no_logging_and_no_container()
    {
        string[] banned = ["System.Net.Sockets", "Microsoft.Extensions", "Microsoft.AspNetCore"];
        var wrong = from type in House.Types
                    where type.Namespace.FullName.StartsWith("Wanwu.Protocols", StringComparison.Ordinal) || type.Namespace.FullName.StartsWith("Wanwu.Things", StringComparison.Ordinal)
                    from dependency in type.Dependencies
                    where banned.Any(name => dependency.Target.FullName.StartsWith(name, StringComparison.Ordinal))
                    select $"{type.FullName} uses {dependency.Target.FullName}";
        Assert.Equal([], wrong.Distinct());
    }

    /// <summary>The floor whose namespace fits best (the longest prefix), or −1.</summary>
    private static int FloorOf(string name)
    {
        var (best, length) = (-1, 0);
        for (var floor = 0; floor < Floors.Length; floor++)
        {
            foreach (var prefix in Floors[floor])
            {
                var within = name == prefix || name.StartsWith(prefix + ".", StringComparison.Ordinal);
                if (within && prefix.Length > length) (best, length) = (floor, prefix.Length);
            }
        }
        return best;
    }
}
