using Wanwu.Connect.Imports;

namespace Wanwu.Console.ImportRoom;

/// <summary>What a dry run found, for the part of the page that shows it.</summary>
public sealed class TrialFindings
{
    internal TrialFindings(ImportReport report) => Report = report;

    internal ImportReport Report { get; }
}
