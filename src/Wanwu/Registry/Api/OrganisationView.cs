using System.Globalization;
using Wanwu.Registry.Organisations;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>An organisation as the API shows it.</summary>
/// <param name="Name">In the language the request asked for, else the nearest there is.</param>
/// <param name="Names">In every language given: zh-Hant, zh-Hans, en.</param>
/// <param name="Parent">Id of the one it belongs to; null at the top.</param>
/// <param name="Uscc">Unified social credit code (GB 32100).</param>
/// <param name="Depth">How many stand above it.</param>
/// <param name="Below">How many organisations lie below it, at any depth.</param>
/// <param name="Revision">Grows with every change; the ETag.</param>
internal sealed record OrganisationView(
    string Id, string Name, IReadOnlyDictionary<string, string> Names, string? Parent, string? Uscc, string? Sector, int Depth, int Below,
    Timestamp Created, Timestamp Changed, int Revision)
{
    public static OrganisationView Of(OrganisationEntry organisation, OrganisationTree tree) => new(
        organisation.Id, organisation.Name.For(CultureInfo.CurrentUICulture), ThingView.NamesOf(organisation.Name), organisation.Parent, organisation.Uscc,
        organisation.Sector, tree.DepthOf(organisation.Id), tree.Branch(organisation.Id).Count - 1, organisation.Created, organisation.Changed, organisation.Revision);
}

/// <summary>One organisation with what hangs on it.</summary>
/// <param name="Path">What stands above it, from the top down.</param>
/// <param name="Children">How many stand directly below it.</param>
/// <param name="Things">How many things are its own.</param>
/// <param name="ThingsWithin">How many things are its own or of one below it.</param>
internal sealed record OrganisationDetailView(OrganisationView Organisation, IReadOnlyList<OrganisationStep> Path, int Children, int Things, int ThingsWithin);

internal sealed record OrganisationStep(string Id, string Name);

/// <summary>Body of <c>POST /api/v1/organisations</c>. All but the name may be left out; an organisation without an id is called by its name.</summary>
/// <param name="Name">A text, or an object with zh-Hant, zh-Hans, en.</param>
internal sealed record CreateOrganisation(string? Id, LocalizedText Name, string? Parent, string? Uscc, string? Sector);

/// <summary>Body of <c>PATCH /api/v1/organisations/{id}</c> (RFC 7396): what is left out stays, null takes away. A new parent moves it with all that hangs on it.</summary>
internal sealed record ChangeOrganisation(LocalizedText? Name, string? Parent, string? Uscc, string? Sector);
