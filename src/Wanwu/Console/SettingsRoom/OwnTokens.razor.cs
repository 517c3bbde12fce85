using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Wanwu.Console.Parts;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Console.SettingsRoom;

public sealed partial class OwnTokens
{
    private static readonly int[] Usual = [7, 30, 90, 365];
    private readonly HashSet<Permission> _chosen = [Permission.ReadThings, Permission.ReadObservations];
    private IReadOnlyList<Permission> _may = [];
    private NewAccessToken? _made;
    private string? _fault;
    private string _name = "";
    private int _days, _revision;
    private Guid _owner;

    [Inject] internal AccessTokens Tokens { get; set; } = default!;
    [Inject] internal AccessRules Rules { get; set; } = default!;
    [Inject] internal IOptions<TokenOptions> Options { get; set; } = default!;
    [Inject] internal Visitor Visitor { get; set; } = default!;
    [Inject] internal TimeProvider Clock { get; set; } = default!;

    /// <summary>What is usual, up to what is allowed.</summary>
    private IEnumerable<int> Lengths => Usual.Where(days => days < Options.Value.PersonalDays).Append(Options.Value.PersonalDays);

    protected override async Task OnInitializedAsync()
    {
        var caller = await Visitor.CallerAsync();
        if (!Guid.TryParse(caller.Id, out _owner)) return;
        _may = [.. Enum.GetValues<Permission>().Where(permission => Rules.May(caller, permission))];
        _chosen.IntersectWith(_may);
        _days = Lengths.Last(days => days <= 90 || days == Lengths.First());
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
        var scope = PermissionSet.Of(_chosen);
        _fault = _name.Length == 0 ? W["settings.nameNeeded"] : scope.IsEmpty ? W["tokens.scopeNeeded"] : null;
        if (_fault is not null || _owner == default || !await Visitor.MayAsync(Permission.ReadThings)) return;
        var end = Options.Value.EndOf(Timestamp.From(Clock.GetUtcNow().AddDays(_days)), Clock);
        _made = await Tokens.CreateOwnAsync(_owner, _name, scope, end, CancellationToken.None);
        if (_made is null) _fault = W["tokens.tooMany", AccessTokens.MostOwn];
        else _name = "";
        _revision++;
    }
}
