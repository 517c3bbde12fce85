namespace Wanwu.Telemetry;

/// <summary>What was received and what became of it. Received = stored + repeated + refused.</summary>
/// <remarks>
/// Repeated counts observations whose series and time were there already: the newer value stands, and there is one row.
/// Written by the store's loader; a reader takes a <see cref="ToView"/> under the loader's lock.
/// </remarks>
internal sealed class Account
{
    public long Received;
    public long Stored;
    public long Repeated;
    public long Refused;

    public void Add(Account other)
    {
        Received += other.Received;
        Stored += other.Stored;
        Repeated += other.Repeated;
        Refused += other.Refused;
    }

    public void Clear() => (Received, Stored, Repeated, Refused) = (0, 0, 0, 0);

    public AccountView ToView() => new(Received, Stored, Repeated, Refused);
}

/// <summary>An account as the API shows it.</summary>
internal sealed record AccountView(long Received, long Stored, long Repeated, long Refused);
