using Microsoft.Data.Sqlite;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;

namespace Wanwu.Registry;

/// <summary>Keeps <see cref="ThingDirectory"/> in step with the database, whoever changed it.</summary>
internal sealed class RegistryFeed(RegistryDatabase database, RegistryReader reader, ThingDirectory things, CurrentGrants grants, ContactBook contact) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly RegistryKnown _known = new();
    private SqliteConnection? _watch;
    private long _fileVersion = -1;
    private long _last = -1;
    private bool _follows;

    /// <summary>Raised after any commit to the file was noticed, of things or of anything else. Handlers must only mark.</summary>
    public event Action? FileChanged;

    /// <summary>Reads everything, and keeps in step from now on. A command that only writes never calls this, and reads nothing.</summary>
    public Task FollowAsync(CancellationToken stop)
    {
        _follows = true;
        return CatchUpAsync(stop);
    }

    /// <summary>Takes over what has changed since the last call.</summary>
    public async Task CatchUpAsync(CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            Read();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The same, if the file has changed at all; asking costs a few microseconds.</summary>
    public async ValueTask LookAsync(CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            var version = FileVersion();
            if (version == _fileVersion) return;
            _fileVersion = version;
            // Before what has changed is told: whoever hears of it finds nothing remembered from before.
            FileChanged?.Invoke();
            Read();
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Read()
    {
        if (!_follows) return;
        var changes = reader.Read(_last, _known);
        if (changes.Last == _last) return;
        _last = changes.Last;
        if (changes.HasMappings) things.Mappings.Apply(_known.Mappings);
        contact.Apply(changes.Contact);
        things.Apply(changes.Things, _known.Models, changes.HasOrganisations ? OrganisationTree.Of(_known.Organisations.Values) : null);
        if (changes.Grants is { } held) _known.Grants = held;
        if (changes.HasOrganisations || changes.Grants is not null) grants.Apply(_known.Grants, things.Organisations.IsWithin);
    }

    /// <summary>SQLite's number of commits by others than this connection, which never commits.</summary>
    private long FileVersion()
    {
        _watch ??= database.Open();
        using var command = _watch.CreateCommand();
        command.CommandText = "PRAGMA data_version";
        return (long)command.ExecuteScalar()!;
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _turn.Dispose();
    }
}
