using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>To whom something is granted: a person or a program, by its own id.</summary>
internal readonly record struct GrantSubject(CallerKind Kind, Guid Id)
{
    public static GrantSubject Person(Guid id) => new(CallerKind.Person, id);
    public static GrantSubject Program(Guid id) => new(CallerKind.Program, id);
}

/// <summary>What is to be granted.</summary>
/// <param name="By">The name of who grants it.</param>
/// <param name="Expires">Null holds until it is ended.</param>
internal sealed record GrantOrder(GrantSubject Subject, string Role, GrantScope Scope, string By, Timestamp? Expires = null)
{
    /// <summary>What of the values it lets see in clear.</summary>
    public GrantSight Sight { get; init; } = GrantSight.Usual;
}

/// <summary>Makes and ends grants. Whether somebody may is asked before (<see cref="GrantRules"/>).</summary>
internal sealed class GrantChanges(RegistryWriter writer, TimeProvider clock)
{
    public Task<Guid> GrantAsync(GrantOrder order, CancellationToken stop) => writer.WriteAsync(db => Task.FromResult(Add(db, order)), stop);

    /// <summary>Within a change of more than grants, as of an account that is made with its first grant.</summary>
    public Guid Add(RegistryDb db, GrantOrder order)
    {
        if (!Role.IsKnown(order.Role)) throw new ArgumentException($"'{order.Role}' is not a role. Known are: {string.Join(", ", Role.All)}.", nameof(order));
        var row = new GrantRow
        {
            Id = Guid.CreateVersion7(clock.GetUtcNow()), SubjectKind = order.Subject.Kind, Subject = order.Subject.Id, Role = order.Role,
            Organisation = order.Scope.Organisation, Region = order.Scope.Region, Sector = order.Scope.Sector,
            DataClass = order.Sight.Highest, Purpose = order.Sight.Purpose, LegalBasis = order.Sight.Basis,
            Created = Timestamp.Now(clock), CreatedBy = order.By, Expires = order.Expires,
        };
        db.Grants.Add(row);
        return row.Id;
    }

    /// <returns>False when there is none that holds.</returns>
    public Task<bool> EndAsync(Guid id, string by, CancellationToken stop) => writer.WriteAsync(db => EndAsync(db, id, by, stop), stop);

    /// <summary>Within a change that also asks whether it may be ended.</summary>
    /// <inheritdoc cref="EndAsync(Guid, string, CancellationToken)"/>
    public async Task<bool> EndAsync(RegistryDb db, Guid id, string by, CancellationToken stop)
    {
        if (await db.Grants.SingleOrDefaultAsync(grant => grant.Id == id && grant.Ended == null, stop) is not { } row) return false;
        End(row, by);
        return true;
    }

    /// <summary>Ends all that a subject holds, within a change of more than grants, as of an account that is closed.</summary>
    public async Task EndAllAsync(RegistryDb db, GrantSubject subject, string by, CancellationToken stop)
    {
        foreach (var row in await db.Grants.Where(grant => grant.Subject == subject.Id && grant.SubjectKind == subject.Kind && grant.Ended == null).ToListAsync(stop)) End(row, by);
    }

    internal void End(GrantRow row, string by) => (row.Ended, row.EndedBy) = (Timestamp.Now(clock), by);
}
