using Microsoft.AspNetCore.Components;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;

namespace Wanwu.Console.StorageRoom;

/// <summary>What lies where and whose it is, what is kept how long, what is held, and what has expired.</summary>
public sealed partial class StoragePage(IServiceProvider services) : IDisposable
{
    private const int Shown = 50;
    private static readonly string[] Ways = ["organisation", "model", "property"];

    private readonly Visitor _visitor = services.GetRequiredService<Visitor>();
    private readonly CancellationTokenSource _gone = new();
    private StorageView? _storage;
    private bool _failed;
    private bool _mayChange;
    private bool _isCompacting;
    private int _runs;
    private string? _compacted;

    /// <summary>By what the table sums up; in the address.</summary>
    [SupplyParameterFromQuery(Name = "by")] public string? By { get; set; }
    [Inject] internal Figures FiguresOf { get; set; } = default!;

    private string Way => By is not null && Ways.Contains(By) ? By : Ways[0];

    private IReadOnlyList<StorageLine> Lines => Way switch
    {
        "model" => _storage!.Models,
        "property" => _storage!.Properties,
        _ => _storage!.Organisations,
    };

    private long Most => Math.Max(1, Lines.Max(line => line.Bytes));

    protected override async Task OnInitializedAsync()
    {
        _mayChange = await _visitor.MayAsync(Permission.Administer);
        await LoadAsync();
    }

    private async Task LoadAsync()
    {
        _failed = false;
        try
        {
            _storage = await StorageEndpoints.ReadAsync(
                services.GetRequiredService<StorageFigures>(), services.GetRequiredService<ThingDirectory>(), services.GetRequiredService<Accounts>(), _gone.Token);
        }
        catch (StoreException)
        {
            _failed = true;
        }
    }

    private async Task CompactAsync()
    {
        if (!await _visitor.MayAsync(Permission.Administer)) return;
        (_isCompacting, _compacted) = (true, null);
        try
        {
            var done = await services.GetRequiredService<AuditedActs>().DoAsync(new AuditEvent("data.compact") { Object = new AuditObject("data", null) },
                () => services.GetRequiredService<Compaction>().RunAsync(isEverythingDue: true, _gone.Token), _ => true);
            _compacted = W["storage.compacted", FiguresOf.Count(done.Rows), FiguresOf.Count(done.Files)];
            await LoadAsync();
            _runs++;
        }
        catch (Exception fault) when (fault is IOException or StoreException)
        {
            _compacted = W["storage.notCompacted"];
        }
        finally
        {
            _isCompacting = false;
        }
    }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
