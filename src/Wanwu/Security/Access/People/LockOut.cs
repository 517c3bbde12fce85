using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Wanwu.Registry;

namespace Wanwu.Security.Access.People;

/// <summary>Counts wrong passwords and codes of an account, and locks it for a while. Counted within the registry's one writer: guesses made at once are each counted.</summary>
internal sealed class LockOut(RegistryWriter writer, TimeProvider clock, IOptions<PeopleOptions> options)
{
    public bool IsLocked(Person person) => person.LockoutEnd > clock.GetUtcNow();

    public Task FailedAsync(Guid id, CancellationToken stop) => writer.WriteAsync(async db =>
    {
        var person = await db.Users.SingleAsync(known => known.Id == id, stop);
        if (IsLocked(person)) return false;
        person.AccessFailedCount++;
        if (person.AccessFailedCount < options.Value.LockAfter) return false;
        (person.AccessFailedCount, person.LockoutEnd) = (0, clock.GetUtcNow().AddMinutes(options.Value.LockMinutes));
        return true;
    }, stop);

    public Task SucceededAsync(Person person, CancellationToken stop) => person is { AccessFailedCount: 0, LockoutEnd: null } ? Task.CompletedTask : writer.WriteAsync(async db =>
    {
        var kept = await db.Users.SingleAsync(known => known.Id == person.Id, stop);
        (kept.AccessFailedCount, kept.LockoutEnd) = (0, null);
        return true;
    }, stop);
}
