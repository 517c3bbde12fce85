using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Wanwu.Security.Access;
using Wanwu.Security.Access.People;
using Wanwu.Security.Access.OAuth;
using Wanwu.Security.Certificates;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>The registry's database: things, models, people, tokens. Features configure their own tables beside their types.</summary>
/// <remarks>
/// For changes only (<see cref="RegistryWriter"/>); things and models are read from <see cref="ThingDirectory"/>. The context is pooled: it holds no state of its own.
/// </remarks>
internal sealed class RegistryDb(DbContextOptions<RegistryDb> options) : IdentityUserContext<Person, Guid>(options)
{
    public DbSet<ThingRow> Things => Set<ThingRow>();
    public DbSet<IdentifierRow> Identifiers => Set<IdentifierRow>();
    public DbSet<ModelRow> Models => Set<ModelRow>();
    public DbSet<ModelVersionRow> ModelVersions => Set<ModelVersionRow>();
    public DbSet<ChangeCounter> Counters => Set<ChangeCounter>();
    public DbSet<AccessTokenRow> AccessTokens => Set<AccessTokenRow>();
    public DbSet<ProgramRow> Programs => Set<ProgramRow>();
    public DbSet<GrantRow> Grants => Set<GrantRow>();
    public DbSet<PersonSessionRow> PersonSessions => Set<PersonSessionRow>();
    public DbSet<CertificateRow> Certificates => Set<CertificateRow>();
    public DbSet<InvitationRow> Invitations => Set<InvitationRow>();
    public DbSet<SetupCodeRow> SetupCodes => Set<SetupCodeRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        base.ConfigureConventions(conventions);
        conventions.Properties<ThingId>().HaveConversion<ThingIdText>().HaveMaxLength(ThingId.TextLength);
        conventions.Properties<Timestamp>().HaveConversion<TimestampNumber>();
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.UseOpenIddict<ProgramRow, ProgramGrantRow, ScopeRow, IssuedTokenRow, Guid>();
        builder.ApplyConfigurationsFromAssembly(typeof(RegistryDb).Assembly);
    }

    private sealed class ThingIdText() : ValueConverter<ThingId, string>(id => id.ToString(), text => ThingId.Parse(text, null));

    private sealed class TimestampNumber() : ValueConverter<Timestamp, long>(time => time.Microseconds, number => new Timestamp(number));
}

/// <summary>How many changes the registry has seen. One row; read and written inside the transaction of every change, so that numbers come in order of commit.</summary>
internal sealed class ChangeCounter
{
    public const int OnlyId = 1;
    public int Id { get; init; } = OnlyId;
    public long Last { get; set; }
}

internal sealed class ChangeCounterConfiguration : IEntityTypeConfiguration<ChangeCounter>
{
    public void Configure(EntityTypeBuilder<ChangeCounter> counter)
    {
        counter.ToTable("ChangeCounter");
        counter.Property(row => row.Id).ValueGeneratedNever();
        counter.HasData(new ChangeCounter());
    }
}

/// <summary>Lets <c>dotnet ef migrations add NAME -o Registry/Store/Migrations</c> see the model.</summary>
internal sealed class RegistryDbDesign : IDesignTimeDbContextFactory<RegistryDb>
{
    public RegistryDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<RegistryDb>().UseSqlite("Data Source=:memory:").Options);
}
