using Microsoft.AspNetCore.Components;
using Wanwu.Console.Parts;
using Wanwu.Security.Access;
using Wanwu.Security.Access.OAuth;

namespace Wanwu.Console.ProgramRoom;

public sealed partial class ConsentPage
{
    private readonly List<(string Name, string Value)> _parameters = [];
    private readonly HashSet<Permission> _may = [];
    private ProgramView? _program;
    private IReadOnlyList<Permission> _asked = [];
    private string _person = "", _back = "";
    private bool _keeps;

    [CascadingParameter] private HttpContext Context { get; set; } = default!;
    [Inject] internal Programs Programs { get; set; } = default!;
    [Inject] internal AccessRules Rules { get; set; } = default!;
    [Inject] internal Visitor Visitor { get; set; } = default!;

    protected override async Task OnInitializedAsync()
    {
        var query = Context.Request.Query;
        var caller = await Visitor.CallerAsync();
        if (!Guid.TryParse(query["client_id"], out var id) || await Programs.FindAsync(id, Context.RequestAborted) is not { Disabled: null } program) return;
        // What is shown must be what is sent, so a parameter that comes twice is not shown at all.
        if (query.Any(part => part.Value.Count != 1) || !program.RedirectUris.Contains(query["redirect_uri"].ToString())) return;
        _parameters.AddRange(query.Select(part => (part.Key, part.Value.ToString())));
        var scopes = query["scope"].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _asked = [.. (scopes.Length > 0 ? AskedScopes.PermissionsIn(scopes) : AskedScopes.PermissionsIn(program.Scope)).Permissions];
        _may.UnionWith(_asked.Where(permission => Rules.May(caller, permission)));
        _keeps = scopes.Contains("offline_access");
        var back = new Uri(query["redirect_uri"].ToString());
        (_program, _person, _back) = (program, caller.Name, back.GetLeftPart(UriPartial.Path));
        LetTheFormLeadTo(back);
    }

    /// <summary>Browsers follow a form's redirect only where the policy of its page lets forms lead.</summary>
    private void LetTheFormLeadTo(Uri back)
    {
        var headers = Context.Response.Headers;
        headers.ContentSecurityPolicy = headers.ContentSecurityPolicy.ToString().Replace("form-action 'self'", $"form-action 'self' {back.GetLeftPart(UriPartial.Authority)}", StringComparison.Ordinal);
    }
}
