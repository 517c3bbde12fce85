using Microsoft.EntityFrameworkCore;
using Wanwu.Things;

namespace Wanwu.Registry.Mappings;

internal enum MappingOutcome : byte
{
    Created,
    /// <summary>A new version holds from the next message on.</summary>
    Changed,
    /// <summary>The document is the one that holds already.</summary>
    Same,
    Removed,
    NotFound,
    /// <summary>Another version holds than the one the caller has read.</summary>
    Stale,
    /// <summary>There is a mapping of that name already.</summary>
    Taken,
    /// <summary>There are as many as there may be.</summary>
    Full,
}

/// <summary>Creates, changes and removes mappings. Every version is kept.</summary>
internal sealed class MappingChanges(RegistryWriter writer, TimeProvider clock)
{
    /// <summary>Makes the document the version that holds.</summary>
    /// <param name="version">The version the caller has read, or null to change whatever is there; 0 to create only.</param>
    public Task<MappingOutcome> PutAsync(string id, Mapping mapping, int? version, CancellationToken stop) =>
        writer.WriteAsync(async db =>
        {
            var row = await db.Set<MappingRow>().SingleOrDefaultAsync(known => known.Id == id, stop);
            var holds = row is null or { IsRemoved: true } ? 0 : row.Version;
            if (version is { } read && read != holds) return read == 0 ? MappingOutcome.Taken : MappingOutcome.Stale;
            if (holds == 0 && await db.Set<MappingRow>().CountAsync(known => !known.IsRemoved, stop) >= TopicMappings.Most) return MappingOutcome.Full;
            if (holds > 0 && await db.Set<MappingVersionRow>().AnyAsync(known => known.MappingId == id && known.Version == holds && known.Json == mapping.Json, stop))
                return MappingOutcome.Same;

            Write(db, row, id, mapping.Json);
            return holds == 0 ? MappingOutcome.Created : MappingOutcome.Changed;
        }, stop);

    private void Write(RegistryDb db, MappingRow? row, string id, string json)
    {
        var now = Timestamp.Now(clock);
        if (row is null) db.Add(row = new MappingRow { Id = id, Created = now });
        row.Version++;
        row.IsRemoved = false;
        row.Changed = now;
        db.Add(new MappingVersionRow { MappingId = id, Version = row.Version, Json = json, Created = now });
    }

    public Task<MappingOutcome> RemoveAsync(string id, CancellationToken stop) =>
        writer.WriteAsync(async db =>
        {
            var row = await db.Set<MappingRow>().SingleOrDefaultAsync(known => known.Id == id && !known.IsRemoved, stop);
            if (row is null) return MappingOutcome.NotFound;
            (row.IsRemoved, row.Changed) = (true, Timestamp.Now(clock));
            return MappingOutcome.Removed;
        }, stop);
}
