using Wanwu.Fuzz;

namespace Wanwu.Protocols.Tests;

/// <summary>Every fuzz target over its corpus and a number of mutations, always the same ones; <c>tests/Wanwu.Fuzz</c> runs them for longer.</summary>
public sealed class FuzzTests
{
    private const int Runs = 20_000;

    public static TheoryData<string> Targets => new(FuzzTargets.Names);

    [Theory, MemberData(nameof(Targets))]
    public void Nothing_that_is_sent_breaks_what_a_target_holds(string name)
    {
        var target = FuzzTargets.Find(name)!;
        var corpus = FuzzTargets.Corpus(Path.Combine(AppContext.BaseDirectory, "corpus", name));
        Assert.NotEmpty(corpus);
        foreach (var input in corpus) target(input);
        var mutations = new Mutations(corpus, seed: 20260501);
        for (var i = 0; i < Runs; i++)
        {
            var input = mutations.Next();
            try
            {
                target(input);
            }
            catch (Exception fault)
            {
                throw new Xunit.Sdk.XunitException($"{name} {Convert.ToHexString(input)}: {fault}");
            }
        }
    }
}
