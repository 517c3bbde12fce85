using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Security.Access.People;

namespace Wanwu.Console.People;

/// <summary>Asks for the password of whoever sits at the page, and says what was wrong with the answer.</summary>
internal sealed class ProofWords(OwnProof proof, Visitor visitor, Words words)
{
    /// <returns>Null when the person is who asks, and has shown it.</returns>
    public async Task<string?> FaultAsync(Guid person, string password)
    {
        if ((await visitor.CallerAsync()).Id != person.ToString()) return words["proof.anew"];
        return await proof.AskAsync(person, password, await visitor.SessionAsync(), CancellationToken.None) switch
        {
            Proof.Done => null,
            Proof.Locked => words["signIn.locked"],
            Proof.Busy => words["signIn.throttled"],
            Proof.TooOld => words["proof.anew"],
            _ => words["account.presentWrong"],
        };
    }
}
