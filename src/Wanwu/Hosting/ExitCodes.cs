namespace Wanwu.Hosting;

/// <summary>What the program's exit says to a script. Numbers only grow; <c>docs/operations.md</c> lists them.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    /// <summary>Something unforeseen; standard error says what.</summary>
    public const int Failed = 1;
    /// <summary>The command line could not be understood.</summary>
    public const int Usage = 2;
    /// <summary>A setting is unknown or breaks its rule.</summary>
    public const int Configuration = 3;
    /// <summary>A door could not be opened, as when its port is taken.</summary>
    public const int DoorTaken = 4;
    /// <summary>Another server is using the data folder.</summary>
    public const int DataInUse = 5;
    /// <summary>A check found damage.</summary>
    public const int Damaged = 6;
    /// <summary>What was named does not exist or is not allowed; nothing was changed.</summary>
    public const int Refused = 7;
    /// <summary>An import was done, or tried, and some of it was refused.</summary>
    public const int Partly = 8;
}
