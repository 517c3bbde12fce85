using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt.Mappings;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Registry.Mappings;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Console.MappingRoom;

/// <summary>One mapping: its form, and beside it what it makes of a message, worked out anew with every change.</summary>
public sealed partial class MappingPage(IServiceProvider services, NavigationManager navigation)
{
    private readonly MappingChanges _changes = services.GetRequiredService<MappingChanges>();
    private readonly ThingDirectory _things = services.GetRequiredService<ThingDirectory>();
    private readonly MessageIntake _intake = services.GetRequiredService<MessageIntake>();
    private readonly AccessRules _rules = services.GetRequiredService<AccessRules>();
    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private MappingDesk? _desk;
    private Mapping? _mapping;
    private string _typedId = "";
    private string? _documentFault, _fault;
    private string? _shown;
    private int _version;
    private bool _asks, _saved;

    [Parameter] public string? Id { get; set; }
    [SupplyParameterFromQuery(Name = "from")] public string? Example { get; set; }

    private bool IsNew => Id is null;
    private string Title => IsNew ? W["mapping.new"] : _things.Mappings.All.TryGetValue(Id!, out var entry) ? entry.Mapping.Name.For(W.Culture) : Id!;
    /// <summary>The reader's language first.</summary>
    private IReadOnlyList<ConsoleLanguage> NameLanguages => [.. Preferences.Languages.OrderByDescending(language => language.Code == W.Culture.Name)];

    protected override async Task OnParametersSetAsync()
    {
        if (_shown == $"{Id}?{Example}") return;
        _shown = $"{Id}?{Example}";
        var mayChange = await _visitor.MayEverywhereAsync(Permission.ChangeThings);
        _desk = IsNew ? Begin(mayChange) : Load(mayChange);
        await TryAsync();
    }

    private MappingDesk Begin(bool mayChange)
    {
        _version = 0;
        if (MappingExample.All.FirstOrDefault(example => example.Id == Example) is not { } example || DraftMapping.Read(example.Mapping) is not { } draft)
            return new MappingDesk { MayChange = mayChange, Draft = new DraftMapping { Values = { new DraftValue() } } };
        var sample = example.Samples.Count > 0 ? example.Samples[0] : new MappingSample("", "", "");
        return new MappingDesk { MayChange = mayChange, Draft = draft, Samples = example.Samples, Topic = sample.Topic, Payload = sample.Payload, IsBegun = true };
    }

    private MappingDesk? Load(bool mayChange)
    {
        if (!_things.Mappings.All.TryGetValue(Id!, out var entry)) return null;
        using var document = JsonDocument.Parse(entry.Mapping.Json);
        _version = entry.Version;
        return DraftMapping.Read(document.RootElement) is not { } draft ? null : new MappingDesk
        {
            MayChange = mayChange, Draft = draft, IsBegun = true, Publisher = entry.Mapping.From.Kind == PublisherKind.Thing ? entry.Mapping.From.Value : "",
            Samples = [.. MappingExample.All.SelectMany(example => example.Samples).Where(sample => entry.Mapping.Topic.TryMatch(Encoding.UTF8.GetBytes(sample.Topic), out _))],
        };
    }

    private string? Invalid(string member) => _desk?.FaultOf(member) is null ? null : "true";

    private Task ChangedAsync()
    {
        (_saved, _asks, _fault, _desk!.IsBegun) = (false, false, null, true);
        return TryAsync();
    }

    private Task NameAsync(string language, string? name)
    {
        _desk!.Draft.SetName(language, name);
        return ChangedAsync();
    }

    private Task TypedAsync((string Topic, string Payload, string Publisher) typed)
    {
        (_desk!.Topic, _desk.Payload, _desk.Publisher) = typed;
        return TryAsync();
    }

    /// <summary>Reads the draft, and where there is a message to try it on, tries it.</summary>
    private async Task TryAsync()
    {
        if (_desk is not { } desk) return;
        desk.Trial = null;
        var faults = new FieldFaults();
        _mapping = MappingReader.Read(desk.Draft.ToElement(), faults);
        desk.Faults = faults.All;
        if (_mapping is null || desk.Topic.Length == 0 || !desk.MayChange) return;
        var publisher = PublisherOf(_mapping, desk.Publisher, await _visitor.CallerAsync());
        desk.Trial = new MappingTrial(_intake).Run(new MappingEntry(Id ?? MappingRules.IdOf(_mapping.Name), 0, _mapping, default), desk.Topic, desk.Payload, publisher);
    }

    /// <summary>The thing chosen; where none is, the one the mapping is for, else the reader.</summary>
    private Caller PublisherOf(Mapping mapping, string chosen, Caller reader)
    {
        var text = chosen.Length > 0 ? chosen : mapping.From.Kind == PublisherKind.Thing ? mapping.From.Value : "";
        return ThingId.TryParse(text, null, out var id) && _things.Find(id) is { } thing && _rules.May(reader, Permission.ReadThings, thing) ? Caller.OfThing(id) : reader;
    }

    private Task ReplaceAsync(string? text)
    {
        _documentFault = null;
        try
        {
            using var document = JsonDocument.Parse(text ?? "");
            if (DraftMapping.Read(document.RootElement) is { } draft) _desk!.Draft = draft;
            else _documentFault = W["mapping.documentWrong"];
        }
        catch (JsonException fault)
        {
            _documentFault = $"{W["mapping.documentWrong"]} {fault.LineNumber + 1}:{fault.BytePositionInLine + 1}";
        }
        return ChangedAsync();
    }

    private Task SaveAsync()
    {
        _desk!.IsBegun = true;
        if (_mapping is null) _fault = W["new.faults", _desk.Faults.Count];
        else if (!_desk.IsTried) _asks = true;
        else return SaveAnywayAsync();
        return Task.CompletedTask;
    }

    private async Task SaveAnywayAsync()
    {
        _asks = false;
        if (_mapping is null || !await _visitor.MayEverywhereAsync(Permission.ChangeThings)) return;
        var id = Id ?? MappingRules.IdOf(_mapping.Name);
        switch (await _changes.PutAsync(id, _mapping, _version, CancellationToken.None))
        {
            case MappingOutcome.Stale: _fault = W["mapping.stale"]; return;
            case MappingOutcome.Taken: _fault = W["mapping.taken", id]; return;
            case MappingOutcome.Full: _fault = W["mapping.full", TopicMappings.Most]; return;
        }
        if (IsNew) navigation.NavigateTo($"things/mappings/{id}");
        else (_version, _saved) = (_things.Mappings.All.TryGetValue(id, out var entry) ? entry.Version : _version, true);
    }

    private async Task RemoveAsync()
    {
        if (_typedId.Trim() != Id || !await _visitor.MayEverywhereAsync(Permission.ChangeThings)) return;
        await _changes.RemoveAsync(Id!, CancellationToken.None);
        navigation.NavigateTo("things/mappings");
    }
}
