using Wanwu.Simulator.Commands;

return await CommandLine.RunAsync(args);
