namespace Wanwu.Registry.Organisations;

/// <summary>Something beside things that names organisations, so that one it names cannot go.</summary>
internal interface IOrganisationUse
{
    /// <summary>What names the organisation, as a sentence that says what to do; null when nothing does.</summary>
    Task<string?> FaultOfRemovingAsync(RegistryDb db, string organisation, CancellationToken stop);

    /// <summary>What a move would take away from something, as a sentence that says what to do; null when it would take nothing.</summary>
    /// <param name="left">Those above it now that will not be above it.</param>
    /// <param name="kept">Itself, and those that will be above it.</param>
    string? FaultOfMoving(IReadOnlyCollection<string> left, IReadOnlyCollection<string> kept);
}
