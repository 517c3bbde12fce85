using System.Text;
using Wanwu.Hosting.Commands;

namespace Wanwu.Tests.Hosting.Commands;

/// <summary>A command of <c>wanwu</c> as a script runs it, in this process: its exit code and what it printed.</summary>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    private static readonly AsyncLocal<StringWriter?> Out = new(), Errors = new();

    static CommandRun()
    {
        // Commands print to the process; each run has what it printed itself.
        System.Console.SetOut(new Routed(System.Console.Out, Out));
        System.Console.SetError(new Routed(System.Console.Error, Errors));
    }

    /// <param name="folder">The data folder.</param>
    public static async Task<CommandRun> OfAsync(string folder, params string[] arguments)
    {
        (Out.Value, Errors.Value) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.RunAsync([.. arguments, $"--Data:Path={folder}"]);
        return new CommandRun(code, Out.Value.ToString().TrimEnd(), Errors.Value.ToString().TrimEnd());
    }

    /// <summary>What it printed, when it was done.</summary>
    public string Done()
    {
        Assert.True(Code == 0, $"{Code}: {Output} {Error}");
        return Output;
    }

    /// <summary>What it said, when it was refused.</summary>
    public string Refused(int code = Wanwu.Hosting.ExitCodes.Refused)
    {
        Assert.True(Code == code, $"{Code}: {Output} {Error}");
        Assert.Empty(Output);
        return Error;
    }

    private sealed class Routed(TextWriter usual, AsyncLocal<StringWriter?> own) : TextWriter
    {
        public override Encoding Encoding => usual.Encoding;

        private TextWriter Target => own.Value ?? usual;

        public override void Write(char value) => Target.Write(value);

        public override void Write(string? value) => Target.Write(value);

        public override void WriteLine(string? value) => Target.WriteLine(value);

        public override Task WriteLineAsync(string? value)
        {
            Target.WriteLine(value);
            return Task.CompletedTask;
        }
    }
}
