using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Security.Access;

namespace Wanwu.Console.AccessRoom;

/// <summary>The grants that the reader may know of, and what it may do about them.</summary>
public sealed partial class AccessPage(IServiceProvider services)
{
    private const int MostShown = 200;
    private readonly CurrentGrants _current = services.GetRequiredService<CurrentGrants>();
    private readonly GrantRules _rules = services.GetRequiredService<GrantRules>();
    private readonly GrantDesk _desk = services.GetRequiredService<GrantDesk>();
    private readonly GrantSubjects _subjects = services.GetRequiredService<GrantSubjects>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private List<Grant> _all = [], _shown = [];
    private IReadOnlyDictionary<string, string> _names = new Dictionary<string, string>();
    private Caller? _caller;
    private string _text = "";
    private string? _fault;
    private bool _mayMake;

    [Inject] internal Figures FiguresOf { get; set; } = default!;

    protected override Task OnInitializedAsync() => ReadAsync();

    private async Task ReadAsync()
    {
        _caller = await _visitor.CallerAsync();
        _mayMake = _caller.Scope.IsAll && await _visitor.MayAsync(Permission.MakeGrants);
        _all = [.. _current.Book.All.Where(grant => _rules.MaySee(_caller, grant)).OrderByDescending(grant => grant.Id)];
        _names = await _subjects.NamesAsync(_all.Select(grant => grant.Subject), CancellationToken.None);
        Filter(_text);
    }

    private void Filter(string? text)
    {
        _text = text ?? "";
        _shown = [.. _all.Where(grant => _text.Length == 0 || Holds(NameOf(grant)) || Holds(W.Of("role", grant.Role)) || Holds(grant.Scope.Organisation ?? ""))];
    }

    private bool Holds(string text) => text.Contains(_text.Trim(), StringComparison.CurrentCultureIgnoreCase);

    private string NameOf(Grant grant) => _names.GetValueOrDefault(grant.Subject) ?? W["grants.gone"];

    private bool MayEnd(Grant grant) => _mayMake && _rules.FaultOfEnding(_caller!, grant) is null;

    private async Task EndAsync(Grant grant)
    {
        var caller = await _visitor.CallerAsync();
        if (!caller.Scope.IsAll || !await _visitor.MayAsync(Permission.MakeGrants)) return;
        var (_, refusal) = await _desk.EndAsync(caller, grant.Id, CancellationToken.None);
        _fault = refusal is null ? null : W["grants.mayNotEnd"];
        await ReadAsync();
    }
}
