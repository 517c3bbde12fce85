using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Console.ThingRoom;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Query.Many;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Console.PersonalRoom;

/// <summary>Finds where there are somebody's personal values, hands them over as a file, and has them erased. Shows what the reader sees in clear, and for what purpose.</summary>
public sealed partial class PersonalPage(NavigationManager navigation) : IDisposable
{
    private const int MostPicked = 12;
    private const string LabelExample = "subject=17";
    private readonly CancellationTokenSource _gone = new();
    private Caller _caller = Caller.Anonymous;
    private IReadOnlyList<Grant> _purposes = [];
    private bool _mayReadGrants, _mayErase, _isAsking, _isWithout, _hasOrder;
    private int _revision;
    private string? _thing, _organisation, _fault;
    private string _label = "", _value = "";
    private PersonalFound? _found;
    private SubjectQuery? _shown;
    private IReadOnlyList<string> _hidden = [];

    [SupplyParameterFromQuery(Name = "thing")] public string? AskedThing { get; set; }
    [SupplyParameterFromQuery(Name = "label")] public string? AskedLabel { get; set; }
    [SupplyParameterFromQuery(Name = "organisation")] public string? AskedOrganisation { get; set; }
    [SupplyParameterFromQuery(Name = "value")] public string? AskedValue { get; set; }
    [Inject] internal PersonalFinds Finds { get; set; } = default!;
    [Inject] internal ThingDirectory Things { get; set; } = default!;
    [Inject] internal ThingSearch Search { get; set; } = default!;
    [Inject] internal AccessRules Rules { get; set; } = default!;
    [Inject] internal Places Places { get; set; } = default!;
    [Inject] internal Visitor Visitor { get; set; } = default!;
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private SubjectQuery Asked => new(Given(AskedThing), Given(AskedLabel), Given(AskedOrganisation), Given(AskedValue));

    protected override async Task OnInitializedAsync()
    {
        _caller = await Visitor.CallerAsync();
        (_mayReadGrants, _mayErase) = (await Visitor.MayAsync(Permission.ReadGrants), await Visitor.MayAsync(Permission.Erase));
        _purposes = [.. Rules.RightsOf(_caller).Grants.Where(grant => grant.Sight.SeesPersonal && Role.Grants(grant.Role, Permission.ReadObservations))];
    }

    protected override async Task OnParametersSetAsync()
    {
        var asked = Asked;
        if (asked == _shown) return;
        (_shown, _thing, _organisation, _label, _value) = (asked, asked.Thing, asked.Organisation, asked.Label ?? "", asked.Value ?? "");
        (_found, _fault, _hidden, _isWithout, _hasOrder) = (null, null, [], false, false);
        if (asked.IsEmpty || _purposes.Count == 0) return;
        _isAsking = true;
        await FindAsync(asked);
    }

    private async Task FindAsync(SubjectQuery asked)
    {
        try
        {
            _caller = await Visitor.CallerAsync();
            _found = await Finds.FindAsync(_caller, asked.ToParameters(), _gone.Token);
            _fault = _found.IsBusy ? W["personal.busy"] : _found.Faults.Count > 0 ? string.Join(' ', _found.Faults.Select(member => W.Of("personalFault", member))) : null;
            if (_fault is null) TellHidden(asked);
        }
        catch (Exception fault) when (fault is QueryException or StoreException or OperationCanceledException)
        {
            _fault = W["personal.failed"];
        }
        finally
        {
            _isAsking = false;
        }
    }

    /// <summary>Of one thing: which of its personal properties the reader does not see in clear, or that it has none.</summary>
    private void TellHidden(SubjectQuery asked)
    {
        if (!ThingId.TryParse(asked.Thing, null, out var id) || Things.Find(id) is not { } thing) return;
        var personal = thing.Model?.Properties.Where(property => property.Affordance.Personal).ToList() ?? [];
        var sight = Rules.SightOf(_caller, thing);
        _isWithout = personal.Count == 0;
        _hidden = [.. personal.Where(property => !sight.Of(property.Name).IsClear).Select(property => TitleOf(thing, property.Name.ToString()))];
    }

    /// <summary>What is left, without taking the page away from whoever reads the proof.</summary>
    private async Task FindAgainAsync()
    {
        _revision++;
        await FindAsync(Asked);
    }

    private void OnOrdered() => (_hasOrder, _revision) = (true, _revision + 1);

    /// <summary>What is typed before anything is erased.</summary>
    private string SubjectName => Asked switch
    {
        { Thing: { } thing } => NameOfThing(thing) ?? thing,
        { Value: { } value } => value,
        { Label: { } label } => label,
        { Organisation: { } organisation } => Places.OrganisationName(organisation) ?? organisation,
        _ => "",
    };

    private void Ask() => navigation.NavigateTo(new SubjectQuery(Given(_thing), Given(_label), Given(_organisation), Given(_value)).ToAddress());

    private IReadOnlyList<Pick> FindThings(string text) => [.. Search.Page(new ThingFilter { Text = text }, ThingSort.Id, descending: false, Rules.Visible(_caller), after: null, MostPicked)
        .Things.Select(thing => new Pick(thing.Id.ToString(), thing.Name.For(W.Culture), thing.Model?.Model.Title?.For(W.Culture) ?? thing.Model?.Id ?? thing.Id.ToString()))];

    private string? NameOfThing(string? id) => ThingId.TryParse(id, null, out var parsed) && Things.Find(parsed) is { } thing && Rules.May(_caller, Permission.ReadThings, thing) ? thing.Name.For(W.Culture) : null;

    private string TitleOf(ThingEntry? thing, string property) => thing is null ? property : PropertyFacts.Of(thing, property, W.Culture).Title;

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
