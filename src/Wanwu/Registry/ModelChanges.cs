using System.Text;
using Microsoft.EntityFrameworkCore;
using Wanwu.Things;

namespace Wanwu.Registry;

internal enum ModelOutcome : byte
{
    Created,
    /// <summary>A new version holds from now on, for all things of the model.</summary>
    Changed,
    /// <summary>The document is the one that holds already.</summary>
    Same,
    Removed,
    NotFound,
    /// <summary>Another version holds than the one the caller has read.</summary>
    Stale,
    /// <summary>There is a model of that name already.</summary>
    Taken,
    /// <summary>Things in use are of this model.</summary>
    InUse,
}

/// <summary>Creates, changes and removes thing models. Every version is kept.</summary>
internal sealed class ModelChanges(RegistryWriter writer, TimeProvider clock)
{
    /// <summary>Makes the document the version that holds.</summary>
    /// <param name="version">The version the caller has read, or null to change whatever is there; 0 to create only.</param>
    public Task<ModelOutcome> PutAsync(string id, ThingModel model, int? version, CancellationToken stop) =>
        writer.WriteAsync(async db =>
        {
            var json = Encoding.UTF8.GetString(model.ToJson());
            var row = await db.Models.SingleOrDefaultAsync(known => known.Id == id, stop);
            var holds = row is null or { IsRemoved: true } ? 0 : row.Version;
            if (version is { } read && read != holds) return read == 0 ? ModelOutcome.Taken : ModelOutcome.Stale;
            if (holds > 0 && await db.ModelVersions.AnyAsync(known => known.ModelId == id && known.Version == holds && known.Json == json, stop)) return ModelOutcome.Same;

            Write(db, row, id, json);
            return holds == 0 ? ModelOutcome.Created : ModelOutcome.Changed;
        }, stop);

    private void Write(RegistryDb db, ModelRow? row, string id, string json)
    {
        var now = Timestamp.Now(clock);
        if (row is null) db.Models.Add(row = new ModelRow { Id = id, Created = now });
        row.Version++;
        row.IsRemoved = false;
        row.Changed = now;
        db.ModelVersions.Add(new ModelVersionRow { ModelId = id, Version = row.Version, Json = json, Created = now });
    }

    /// <summary>Takes a model out of use, unless a thing in use has it.</summary>
    public Task<ModelOutcome> RemoveAsync(string id, CancellationToken stop) =>
        writer.WriteAsync(async db =>
        {
            var row = await db.Models.SingleOrDefaultAsync(known => known.Id == id && !known.IsRemoved, stop);
            if (row is null) return ModelOutcome.NotFound;
            if (await db.Things.AnyAsync(thing => thing.ModelId == id && thing.Lifecycle != Lifecycle.Retired, stop)) return ModelOutcome.InUse;
            (row.IsRemoved, row.Changed) = (true, Timestamp.Now(clock));
            return ModelOutcome.Removed;
        }, stop);
}
