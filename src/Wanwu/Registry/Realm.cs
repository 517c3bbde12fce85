namespace Wanwu.Registry;

/// <summary>To whom and where a thing belongs: organisation, region and sector. Who may do what is the same for all things of a realm.</summary>
/// <param name="number">Of its own among the realms of the <see cref="ThingDirectory"/>; -1 for one that is only asked about.</param>
internal sealed class Realm(int number, string? organisation, string? region, string? sector)
{
    public int Number { get; } = number;
    public string? Organisation { get; } = organisation;
    public string? Region { get; } = region;
    public string? Sector { get; } = sector;

    /// <summary>One that no thing need have.</summary>
    public static Realm Of(string? organisation, string? region, string? sector) => new(-1, organisation, region, sector);
}

/// <summary>The realms of the things there are, numbered without gaps so that what is known of one is found in an array.</summary>
/// <remarks>Used by the one caller at a time that applies changes. A realm that has lost its last thing keeps its number.</remarks>
internal sealed class Realms
{
    private readonly Dictionary<(string? Organisation, string? Region, string? Sector), Realm> _realms = [];

    public int Count => _realms.Count;

    public IEnumerable<Realm> All => _realms.Values;

    public Realm Of(ThingEntry thing)
    {
        var key = (thing.Organisation, thing.Region, thing.Model?.Model.Sector);
        if (!_realms.TryGetValue(key, out var realm)) _realms.Add(key, realm = new Realm(_realms.Count, key.Organisation, key.Region, key.Sector));
        return realm;
    }
}
