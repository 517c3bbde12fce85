using Wanwu.Hosting.Commands;

return await CommandLine.RunAsync(args);
