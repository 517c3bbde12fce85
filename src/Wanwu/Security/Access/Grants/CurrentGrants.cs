using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>The grants that hold now. Swapped whole when the registry changes, and when one expires.</summary>
internal sealed class CurrentGrants(TimeProvider clock) : IDisposable
{
    /// <summary>A timer cannot be set further ahead.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private readonly Lock _gate = new();
    private IReadOnlyList<Grant> _grants = [];
    private GrantBook _book = GrantBook.Empty;
    private ITimer? _expiry;

    /// <summary>Raised after the grants changed, on the thread that applied the change: handlers must only mark.</summary>
    public event Action? Changed;

    public GrantBook Book => Volatile.Read(ref _book);

    /// <summary>Takes over what the registry holds.</summary>
    /// <param name="grants">All that have not ended.</param>
    public void Apply(IReadOnlyList<Grant> grants, OrganisationIsWithin isWithin)
    {
        lock (_gate)
        {
            _grants = grants;
            Swap(isWithin);
        }
        Changed?.Invoke();
    }

    private void Expire()
    {
        lock (_gate) Swap(_book.IsWithin);
        Changed?.Invoke();
    }

    private void Swap(OrganisationIsWithin isWithin)
    {
        var book = new GrantBook(_grants, isWithin, _book.Version + 1, Timestamp.Now(clock));
        Volatile.Write(ref _book, book);
        if (book.NextExpiry is not { } next) return;
        var wait = next.ToDateTimeOffset() - clock.GetUtcNow();
        wait = wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestWait ? LongestWait : wait;
        _expiry ??= clock.CreateTimer(_ => Expire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _expiry.Change(wait, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _expiry?.Dispose();
}
