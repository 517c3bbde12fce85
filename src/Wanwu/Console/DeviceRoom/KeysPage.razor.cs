using System.Globalization;
using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;

namespace Wanwu.Console.DeviceRoom;

/// <summary>The registration keys that the reader may know of, and a form for one more.</summary>
public sealed partial class KeysPage(NavigationManager navigation)
{
    private const string AllowedExample = "weir-*", NetworksExample = "10.1.0.0/16 2001:db8::/32";
    private IReadOnlyList<RegistrationKey> _keys = [];
    private Caller _caller = Caller.Anonymous;
    private string _name = "", _model = "", _scheme = "custom", _atMost = "", _allowed = "", _networks = "";
    private string? _organisation, _region, _made, _fault;
    private bool _approval;

    [Inject] internal RegistrationKeys Keys { get; set; } = default!;
    [Inject] internal ThingDirectory Things { get; set; } = default!;
    [Inject] internal AccessRules Rules { get; set; } = default!;
    [Inject] internal Places Places { get; set; } = default!;
    [Inject] internal Visitor Visitor { get; set; } = default!;
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private string Line => $"curl -u SERIAL:{_made} -X POST {navigation.BaseUri}api/v1/register";

    protected override async Task OnInitializedAsync()
    {
        _caller = await Visitor.CallerAsync();
        _keys = Keys.List(_caller);
    }

    private async Task MakeAsync()
    {
        _caller = await Visitor.CallerAsync();
        _made = null;
        if (!_caller.Scope.IsAll || Read() is not { } wanted) return;
        var (_, text, faults) = await Keys.MakeAsync(_caller, wanted, CancellationToken.None);
        _made = text;
        _fault = faults.IsEmpty ? null : string.Join(' ', faults.All.Keys.Select(member => W.Of("keyFault", member)));
        if (text is not null) _name = "";
        _keys = Keys.List(_caller);
    }

    private NewRegistrationKey? Read()
    {
        _fault = null;
        Networks? networks = null;
        if (_networks.Trim().Length > 0 && !Networks.TryParse(_networks, out networks, out _))
        {
            _fault = W["keyFault.networks"];
            return null;
        }
        int? most = null;
        if (_atMost.Trim().Length > 0)
        {
            if (!int.TryParse(_atMost, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                _fault = W["keys.atMostFault"];
                return null;
            }
            most = number;
        }
        return new NewRegistrationKey(_name.Trim(), NullIfBlank(_model), NullIfBlank(_organisation), NullIfBlank(_region), null, _scheme)
        {
            NeedsApproval = _approval, AtMost = most, Networks = networks, Allowed = _allowed.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        };
    }

    private async Task EndAsync(RegistrationKey key)
    {
        _caller = await Visitor.CallerAsync();
        await Keys.EndAsync(_caller, key.Id, CancellationToken.None);
        _keys = Keys.List(_caller);
    }

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
