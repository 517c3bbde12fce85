using Microsoft.AspNetCore.Http.HttpResults;

namespace Wanwu.Registry;

/// <summary>What is wrong with a request, by member (<c>identifiers[0].value</c>): all of it at once, so that nobody mends one fault to meet the next.</summary>
internal sealed class FieldFaults
{
    private const int Most = 100;
    private readonly Dictionary<string, string[]> _faults = new(StringComparer.Ordinal);

    public bool IsEmpty => _faults.Count == 0;

    public IReadOnlyDictionary<string, string[]> All => _faults;

    public void Add(string member, string fault)
    {
        if (_faults.Count >= Most && !_faults.ContainsKey(member)) return;
        _faults[member] = _faults.TryGetValue(member, out var known) ? [.. known, fault] : [fault];
    }

    /// <summary>RFC 9457 problem with the faults under <c>errors</c>.</summary>
    public ProblemHttpResult ToProblem(int status = StatusCodes.Status400BadRequest, string title = "The request breaks the rules named under errors.") =>
        TypedResults.Problem(title: title, statusCode: status, extensions: [new("errors", _faults)]);
}
