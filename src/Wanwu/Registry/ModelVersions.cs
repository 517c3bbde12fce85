using Microsoft.EntityFrameworkCore;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <param name="Current">Whether reports are held against this version.</param>
internal sealed record ModelVersionView(int Version, Timestamp Created, bool Current);

/// <summary>Reads the versions of models that hold no longer; the ones that do are in <see cref="ThingDirectory"/>.</summary>
internal sealed class ModelVersions(IDbContextFactory<RegistryDb> contexts)
{
    private const int Most = 1_000;

    public async Task<IReadOnlyList<ModelVersionView>> ListAsync(ModelEntry model, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var rows = await db.ModelVersions.Where(row => row.ModelId == model.Id).OrderByDescending(row => row.Version).Take(Most)
            .Select(row => new { row.Version, row.Created }).ToListAsync(stop);
        return [.. rows.Select(row => new ModelVersionView(row.Version, row.Created, row.Version == model.Version))];
    }

    /// <summary>The document of one version, or null.</summary>
    public async Task<string?> ReadAsync(string id, int version, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        return await db.ModelVersions.Where(row => row.ModelId == id && row.Version == version).Select(row => row.Json).SingleOrDefaultAsync(stop);
    }
}
