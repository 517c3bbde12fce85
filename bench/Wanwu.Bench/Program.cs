using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(Wanwu.Bench.LogBenchmarks).Assembly).Run(args);
