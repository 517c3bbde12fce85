using BenchmarkDotNet.Running;
using Wanwu.Bench;
using Wanwu.Bench.Access;
using Wanwu.Bench.Flood;

if (args is ["audit", .. var audit]) await AuditFigures.RunAsync(audit);
else if (args is ["access", .. var access]) await AccessFigures.RunAsync(access);
else if (args is ["flood", .. var flood]) await FloodFigures.RunAsync(flood);
else if (args is ["wrong-passwords", .. var wrong]) WrongPasswords.Run(wrong);
else BenchmarkSwitcher.FromAssembly(typeof(LogBenchmarks).Assembly).Run(args);
