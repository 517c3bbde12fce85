using Wanwu.Security.Audit;

namespace Wanwu.Security.Access.People;

/// <summary>What every form without a session shares: the limit on guessing, the record of a refusal, and the way on.</summary>
internal sealed class FormDoor(SignInThrottle throttle, SignInRecords records, SignInSteps steps)
{
    public SignInSteps Steps => steps;

    /// <param name="source">What is guessed at.</param>
    public bool MayTry(HttpContext context, string source) => throttle.MayTry(BasicHandler.AddressOf(context), source);

    /// <param name="name">As it was typed, or the account's.</param>
    public void Failed(HttpContext context, string source, string name, string reason)
    {
        var address = BasicHandler.AddressOf(context);
        throttle.Failed(address, source);
        records.Refused(name, address, reason);
    }
}
