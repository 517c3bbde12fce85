namespace Wanwu.Simulator.Commands;

/// <summary>How the simulator ends. Scripts rely on the numbers.</summary>
internal static class ExitCode
{
    /// <summary>Everything published was acknowledged.</summary>
    public const int Done = 0;
    /// <summary>The command line, the recording or its description is wrong.</summary>
    public const int BadInput = 2;
    /// <summary>The server cannot be reached, or refused the token, the model or the thing.</summary>
    public const int NoServer = 3;
    /// <summary>It ran to its end, but something was refused or not acknowledged.</summary>
    public const int NotAllKept = 4;
    /// <summary>Stopped by Ctrl-C before its end.</summary>
    public const int Interrupted = 130;

    public const string Help = "Exit codes: 0 all acknowledged; 2 wrong option, recording or description; 3 no server, or it refused token, model or thing; "
        + "4 ended with messages refused or not acknowledged; 130 interrupted.";
}
