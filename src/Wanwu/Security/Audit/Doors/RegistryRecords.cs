using System.Globalization;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Wanwu.Registry;
using Wanwu.Registry.Mappings;
using Wanwu.Registry.Organisations;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;
using Wanwu.Security.Access.OAuth;
using Wanwu.Security.Access.People;
using Wanwu.Security.Certificates;
using Wanwu.Things;

namespace Wanwu.Security.Audit;

/// <summary>Reads out of a transaction what it changes in the registry: one record an object, every field before and after, no secret.</summary>
/// <remarks>Any table is covered the day it exists: what it is called and what it hides may be said here, being recorded need not.</remarks>
internal static class RegistryRecords
{
    private const int MaxText = 400, MaxFields = 64;
    private static readonly string[] Secret =
        ["Secret", "Hash", "PasswordHash", "SecurityStamp", "ConcurrencyStamp", "ConcurrencyToken", "ClientSecret", "PreviousSecret", "JsonWebKeySet", "Payload", "ReferenceId",
         "PasswordHistory", "RecoveryHashes"];
    /// <summary>What the house keeps for itself, and what nobody did: a token's use is not a change of it, nor a sign-in one of the person.</summary>
    private static readonly string[] Inner = ["Sequence", "Id", "ConcurrencyToken", "LastUsed", "LastUsedFrom", "LastSignIn", "LastActive", "SecondFactorStep", "SecondFactorDue", "AccessFailedCount"];
    private static readonly string[] Names = ["NameEn", "NameHant", "NameHans", "Name", "UserName", "Title", "DisplayName"];

    private static readonly Dictionary<Type, string> Types = new()
    {
        [typeof(ThingRow)] = "thing", [typeof(ModelRow)] = "model", [typeof(MappingRow)] = "mapping", [typeof(AccessTokenRow)] = "token",
        [typeof(OrganisationRow)] = "organisation", [typeof(GrantRow)] = "grant",
        [typeof(Person)] = "person", [typeof(ProgramRow)] = "program", [typeof(SetupCodeRow)] = "setup",
        [typeof(BindingRow)] = "binding", [typeof(BanRow)] = "ban", [typeof(RegistrationKeyRow)] = "registrationKey",
        [typeof(InvitationRow)] = "invitation", [typeof(PersonSessionRow)] = "session", [typeof(IdentityUserLogin<Guid>)] = "login", [typeof(ProgramGrantRow)] = "consent", [typeof(IssuedTokenRow)] = "token", [typeof(CertificateRow)] = "certificate",
    };

    /// <summary>Parts of another object: identifiers are told as its fields, versions by their number, or by what the object says of them.</summary>
    private static bool IsPart(Type type) => type == typeof(IdentifierRow) || type == typeof(ChangeCounter) || type.Name.EndsWith("VersionRow", StringComparison.Ordinal);

    /// <summary>The beginning of a session is recorded at the sign-in, which knows more of it; who knocks is device traffic, and what is done about it is told of thing, binding and ban.</summary>
    private static bool IsTold(EntityEntry entry) => entry is { Entity: PersonSessionRow, State: EntityState.Added } or { Entity: UnknownDeviceRow };

    public static List<AuditEvent> Of(ChangeTracker changes)
    {
        var entries = changes.Entries().Where(entry => entry.State is EntityState.Added or EntityState.Modified or EntityState.Deleted).ToList();
        var identifiers = entries.Where(entry => entry.Entity is IdentifierRow && entry.State != EntityState.Modified).ToLookup(entry => ((IdentifierRow)entry.Entity).ThingId);
        return [.. entries.Where(entry => !IsPart(entry.Entity.GetType()) && !IsTold(entry)).Select(entry => Of(entry, identifiers)).OfType<AuditEvent>()];
    }

    private static AuditEvent? Of(EntityEntry entry, ILookup<ThingId, EntityEntry> identifiers)
    {
        var fields = new SortedDictionary<string, FieldChange>(StringComparer.Ordinal);
        foreach (var property in entry.Properties.Where(property => !Inner.Contains(property.Metadata.Name)))
        {
            if (fields.Count == MaxFields) break;
            var before = entry.State == EntityState.Added ? null : property.OriginalValue;
            var after = entry.State == EntityState.Deleted ? null : property.CurrentValue;
            var changed = entry.State == EntityState.Modified ? property.IsModified : before is not null || after is not null;
            if (changed) fields[CamelOf(property.Metadata.Name)] = new FieldChange(Shown(property.Metadata.Name, before), Shown(property.Metadata.Name, after));
        }
        if (entry.Entity is ThingRow thing) AddIdentifiers(fields, identifiers[thing.Id]);
        if (entry.Entity is IToldByVersions told)
            foreach (var (name, change) in told.Told(one => entry.Context.Entry(one).State == EntityState.Added, one => entry.Context.Entry(one).State == EntityState.Modified))
                fields[name] = new FieldChange(change.Before is { } before ? Cut(before) : null, change.After is { } after ? Cut(after) : null);
        if (fields.Count == 0) return null;
        var type = Types.GetValueOrDefault(entry.Entity.GetType()) ?? CamelOf(entry.Entity.GetType().Name.Replace("Row", "", StringComparison.Ordinal));
        return new AuditEvent($"{type}.{VerbOf(entry)}") { Object = new AuditObject(type, KeyOf(entry), NameOf(entry)), Changes = fields };
    }

    private static void AddIdentifiers(SortedDictionary<string, FieldChange> fields, IEnumerable<EntityEntry> entries)
    {
        foreach (var entry in entries.Take(MaxFields))
        {
            var row = (IdentifierRow)entry.Entity;
            var text = Cut(row.Value);
            fields[$"identifiers.{row.Scheme}:{Cut(row.Value)}"] = entry.State == EntityState.Added ? new FieldChange(null, text) : new FieldChange(text, null);
        }
    }

    private static string VerbOf(EntityEntry entry) => (entry.State, entry.Entity) switch
    {
        (EntityState.Added, _) => "create",
        (EntityState.Deleted, PersonSessionRow) => "end",
        (EntityState.Deleted, _) => "remove",
        (_, InvitationRow { Made: not null }) => "use",
        (_, InvitationRow) => "revoke",
        (_, ModelRow { IsRemoved: true } or MappingRow { IsRemoved: true } or OrganisationRow { IsRemoved: true }) => "remove",
        (_, OrganisationRow) when entry.Property(nameof(OrganisationRow.IsRemoved)).IsModified => "create",
        (_, OrganisationRow) when entry.Property(nameof(OrganisationRow.ParentId)).IsModified => "move",
        (_, AccessTokenRow { Revoked: not null }) or (_, ProgramGrantRow or IssuedTokenRow) => "revoke",
        (_, CertificateRow { Revoked: not null }) => "revoke",
        (_, GrantRow { Ended: not null }) => "end",
        (_, ThingRow { Lifecycle: Lifecycle.Retired }) when entry.Property(nameof(ThingRow.Lifecycle)).IsModified => "retire",
        (_, ThingRow) when entry.Property(nameof(ThingRow.Secret)).IsModified || entry.Property(nameof(ThingRow.FormerSecret)).IsModified => "credentials",
        (_, ThingRow thing) when entry.Property(nameof(ThingRow.QuarantineReason)).IsModified => thing.QuarantineReason is null ? "release" : "quarantine",
        (_, BindingRow { IsRemoved: true }) => "remove",
        (_, BanRow { Ended: not null } or RegistrationKeyRow { Ended: not null }) => "end",
        (_, RegistrationKeyRow) when entry.Property(nameof(RegistrationKeyRow.Used)).IsModified => "use",
        _ => "change",
    };

    private static string? KeyOf(EntityEntry entry) =>
        entry.Metadata.FindPrimaryKey() is { } key ? Cut(string.Join('/', key.Properties.Select(part => Text(entry.CurrentValues[part])))) : null;

    private static string? NameOf(EntityEntry entry)
    {
        foreach (var name in Names)
            if (entry.Metadata.FindProperty(name) is { } property && entry.CurrentValues[property] is string { Length: > 0 } text) return Cut(text);
        return null;
    }

    /// <summary>A secret is told to be there, never what it is; nor are bytes, which may be one.</summary>
    internal static bool IsHidden(string property, Type type) => type == typeof(byte[]) || Secret.Contains(property);

    private static string? Shown(string property, object? value) => value is null ? null : IsHidden(property, value.GetType()) ? "•••" : Cut(Text(value));

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        IEnumerable<string> texts => string.Join(", ", texts),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Cut(string text) => text.Length > MaxText ? text[..MaxText] + "…" : text;

    private static string CamelOf(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
