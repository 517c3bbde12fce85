using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;
using Wanwu.Security.Audit.Reading;

namespace Wanwu.Tests.Security.Audit;

/// <summary>A trail by itself, in a temporary folder, on a clock that is wound by hand.</summary>
internal sealed class AuditRig : IDisposable
{
    private readonly DataFolder _folder = new(Directory.CreateTempSubdirectory("wanwu-audit-").FullName);

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 1, 8, 0, 0, TimeSpan.Zero));

    public AuditOptions Options { get; set; } = new();

    public string Folder => Path.Combine(_folder.Path, AuditTrail.FolderName);

    public IReadOnlyList<string> Files => [.. AuditFile.In(Folder).Select(file => file.Path)];

    public AuditTrail Open() => new(_folder, Microsoft.Extensions.Options.Options.Create(Options), Keys(), Clock, NullLogger<AuditTrail>.Instance);

    public AuditKeys Keys() => new(_folder, Microsoft.Extensions.Options.Options.Create(Options));

    public AuditExpiry Expiry(AuditTrail trail) => new(trail, Microsoft.Extensions.Options.Options.Create(Options), Clock);

    public AuditProof Prove(string? witness = null) =>
        new AuditVerification(Folder, Keys().Trusted(), witness: witness is null ? null : Witness.Read(witness)).Run(Clock, CancellationToken.None);

    /// <summary>A copy of a trail that was written once and for all, with the public key that goes with it.</summary>
    public static AuditRig OfGolden(string name)
    {
        var rig = new AuditRig();
        var golden = Repository.File("tests", "Wanwu.Tests", "Security", "Audit", "Golden", name);
        Directory.CreateDirectory(rig.Folder);
        Directory.CreateDirectory(rig.Keys().Folder);
        foreach (var file in Directory.EnumerateFiles(golden))
            File.Copy(file, Path.Combine(file.EndsWith(".pub", StringComparison.Ordinal) ? rig.Keys().Folder : rig.Folder, Path.GetFileName(file)));
        rig.Options = new AuditOptions { Suite = name.StartsWith("shangmi", StringComparison.Ordinal) ? AuditSuite.ShangMi : AuditSuite.International };
        rig.Clock.SetUtcNow(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return rig;
    }

    public static AuditEvent Event(string name) => new("thing.change")
    {
        Object = new AuditObject("thing", name), Who = new Actor("person", "7", "林"), Changes = new Dictionary<string, FieldChange> { ["name"] = new("before", name) },
    };

    /// <summary>Opens a trail, writes so many records one by one, and closes it.</summary>
    public async Task WriteAsync(int count, string name = "t")
    {
        await using var trail = Open();
        for (var i = 0; i < count; i++) await trail.AppendAsync(Event($"{name}{i}"));
    }

    public void Dispose() => Directory.Delete(_folder.Path, recursive: true);
}
