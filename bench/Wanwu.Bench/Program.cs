using BenchmarkDotNet.Running;

if (args is ["audit", .. var rest]) await Wanwu.Bench.AuditFigures.RunAsync(rest);
else BenchmarkSwitcher.FromAssembly(typeof(Wanwu.Bench.LogBenchmarks).Assembly).Run(args);
