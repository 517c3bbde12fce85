namespace Wanwu.Registry.Organisations;

/// <summary>Something beside things that names organisations, so that one it names cannot go.</summary>
internal interface IOrganisationUse
{
    /// <summary>What names the organisation, as a sentence that says what to do; null when nothing does.</summary>
    Task<string?> FaultOfRemovingAsync(RegistryDb db, string organisation, CancellationToken stop);
}
