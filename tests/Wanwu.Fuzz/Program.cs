using System.Globalization;
using SharpFuzz;
using Wanwu.Fuzz;

// Wanwu.Fuzz TARGET CORPUS [RUNS [SEED]]   every file of the folder, then RUNS mutations of them
// Wanwu.Fuzz TARGET FILE                   one input, to see what it does
// Wanwu.Fuzz TARGET --afl | --libfuzzer    driven by afl-fuzz or libFuzzer
if (args.Length < 2 || FuzzTargets.Find(args[0]) is not { } target)
{
    Console.Error.WriteLine($"usage: Wanwu.Fuzz {string.Join('|', FuzzTargets.Names)} CORPUS [RUNS [SEED]] | FILE | --afl | --libfuzzer");
    return 2;
}
switch (args[1])
{
    case "--afl":
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            target(bytes.ToArray());
        });
        return 0;
    case "--libfuzzer":
        Fuzzer.LibFuzzer.Run(input => target(input));
        return 0;
}
if (File.Exists(args[1]))
{
    target(File.ReadAllBytes(args[1]));
    return 0;
}
var runs = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 0;
var corpus = FuzzTargets.Corpus(args[1]);
foreach (var input in corpus) target(input);
var mutations = new Mutations(corpus, args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 1);
for (var i = 0; i < runs; i++)
{
    var input = mutations.Next();
    try
    {
        target(input);
    }
    // Any exception is a finding: the input is kept for whoever looks into it.
    catch (Exception fault)
    {
        var file = $"finding-{args[0]}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..12]}";
        File.WriteAllBytes(file, input);
        Console.Error.WriteLine($"{file}: {fault}");
        return 1;
    }
}
Console.WriteLine($"{corpus.Count} inputs and {runs} mutations of them, no finding");
return 0;
