using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Access.OAuth;

namespace Wanwu.Console.ProgramRoom;

public sealed partial class ProgramsPage
{
    private readonly HashSet<Permission> _chosen = [Permission.ReadThings, Permission.ReadObservations];
    private IReadOnlyList<ProgramView> _programs = [];
    private NewProgram? _made;
    private string? _fault, _removing;
    private string _name = "", _role = "", _uris = "";
    private string? _organisation;
    private Func<string, bool> _visible = static _ => false;
    private bool _isPublic;

    [Inject] internal Programs Programs { get; set; } = default!;
    [Inject] internal GrantRules Grants { get; set; } = default!;
    [Inject] internal ProgramReach Reach { get; set; } = default!;
    [Inject] internal AccessRules Rules { get; set; } = default!;
    [Inject] internal Places Places { get; set; } = default!;
    [Inject] internal ThingDirectory Things { get; set; } = default!;
    [Inject] internal IOptions<OAuthOptions> Options { get; set; } = default!;
    [Inject] internal Visitor Visitor { get; set; } = default!;
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    protected override Task OnInitializedAsync() => ListAsync();

    private async Task ListAsync()
    {
        if (!await Visitor.MayAsync(Permission.MakePrograms)) return;
        var caller = await Visitor.CallerAsync();
        _visible = Rules.VisibleOrganisations(caller);
        _programs = [.. (await Programs.ListAsync(CancellationToken.None)).Where(program => Reach.Sees(caller, program))];
    }

    private void Choose(Permission permission, bool isChosen)
    {
        if (isChosen) _chosen.Add(permission);
        else _chosen.Remove(permission);
    }

    private async Task MakeAsync()
    {
        _name = _name.Trim();
        _made = null;
        var terms = new ProgramTerms(_name, _isPublic, _uris.Split((char[])['\n', '\r', ' '], StringSplitOptions.RemoveEmptyEntries), PermissionSet.Of(_chosen), _role.Length == 0 || _isPublic ? [] : [_role], _organisation);
        _fault = _name.Length == 0 ? W["settings.nameNeeded"] : terms.Scope.IsEmpty ? W["tokens.scopeNeeded"] : FaultOf(terms);
        if (_fault is not null || !await Visitor.MayAsync(Permission.MakePrograms)) return;
        var caller = await Visitor.CallerAsync();
        _fault = ProgramRules.FaultsOf(terms, caller, Grants, Things).Any() ? W["programs.mayNotGrant"] : null;
        if (_fault is not null) return;
        _made = await Programs.CreateAsync(terms, caller.Name, CancellationToken.None);
        (_name, _uris) = ("", "");
        await ListAsync();
    }

    private string? FaultOf(ProgramTerms terms) =>
        terms.RedirectUris.FirstOrDefault(uri => ProgramRules.FaultOfUri(uri) is not null) is { } wrong ? W["programs.badUri", wrong]
        : ProgramRules.FaultsOf(terms).Any() ? W["programs.actsForNobody"]
        : null;

    private async Task RotateAsync(ProgramView program)
    {
        if (!await HoldsAsync(program)) return;
        _made = await Programs.RotateAsync(Guid.Parse(program.ClientId), TimeSpan.FromHours(Options.Value.SecretOverlapHours), CancellationToken.None);
        await ListAsync();
    }

    private async Task SwitchAsync(ProgramView program)
    {
        if (!await HoldsAsync(program)) return;
        await Programs.DisableAsync(Guid.Parse(program.ClientId), program.Disabled is null, CancellationToken.None);
        await ListAsync();
    }

    /// <summary>Whether the reader may change the program, as it is now.</summary>
    private async Task<bool> HoldsAsync(ProgramView program)
    {
        var may = await Visitor.MayAsync(Permission.MakePrograms) && await Programs.FindAsync(Guid.Parse(program.ClientId), CancellationToken.None) is { } now && Reach.Holds(await Visitor.CallerAsync(), now);
        _fault = may ? null : W["programs.notYours"];
        return may;
    }

    /// <summary>A second press on the same program: what is removed does not come back.</summary>
    private async Task RemoveAsync(ProgramView program)
    {
        if (_removing != program.ClientId)
        {
            _removing = program.ClientId;
            return;
        }
        if (!await HoldsAsync(program)) return;
        _removing = null;
        await Programs.RemoveAsync(Guid.Parse(program.ClientId), CancellationToken.None);
        await ListAsync();
    }
}
