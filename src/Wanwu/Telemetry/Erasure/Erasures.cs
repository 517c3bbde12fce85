using System.Collections.Concurrent;
using System.Text.Json;
using Wanwu.Registry;
using Wanwu.Security.Audit;

namespace Wanwu.Telemetry.Erasure;

/// <summary>One order while the server runs.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ErasureJob(string path, ErasureOrder order)
{
    private readonly Lock _gate = new();
    private volatile ErasureOrder _order = order;

    public ErasureOrder Order => _order;

    /// <summary>What is being gone through at present.</summary>
    public string? Step { get; set; }

    /// <summary>Changes what is known and has it on disk before it returns.</summary>
    public ErasureOrder Change(Func<ErasureOrder, ErasureOrder> change)
    {
        lock (_gate)
        {
            var changed = change(_order);
            Erasures.Save(path, changed);
            return _order = changed;
        }
    }
}

/// <summary>Every order to erase there ever was, each a file below <c>erasures/</c> in the data folder: a restore leaves them in place, so that what a backup brings back is erased again.</summary>
internal sealed class Erasures(DataFolder data, AuditTrail trail, ErasureFaults faults)
{
    public const string FolderName = "erasures";
    private readonly ConcurrentDictionary<string, ErasureJob> _jobs = new(StringComparer.Ordinal);

    /// <summary>Raised when there is something to do.</summary>
    public event Action? Ordered;

    /// <summary>In the order in which they were given.</summary>
    public IEnumerable<ErasureJob> All => _jobs.Values.OrderBy(job => job.Order.Ordered).ThenBy(job => job.Order.Id, StringComparer.Ordinal);

    public ErasureJob? Find(string id) => _jobs.GetValueOrDefault(id);

    /// <summary>Reads what is there.</summary>
    /// <exception cref="InvalidDataException">An order cannot be read: by a later version, or it was changed by hand.</exception>
    internal void Load()
    {
        foreach (var path in Directory.EnumerateFiles(data.Folder(FolderName), "*.json"))
        {
            try
            {
                var order = JsonSerializer.Deserialize<ErasureOrder>(File.ReadAllBytes(path), JsonSerializerOptions.Web);
                if (order is not { Version: ErasureOrder.CurrentVersion }) throw new JsonException("It is of another version.");
                _jobs[order.Id] = new ErasureJob(path, order);
            }
            catch (JsonException fault)
            {
                throw new InvalidDataException($"The order to erase {path} cannot be read. {fault.Message}", fault);
            }
        }
    }

    /// <summary>Takes an order: on the audit trail, then on disk, then known.</summary>
    /// <exception cref="AuditUnavailableException">It cannot be recorded, and was not taken.</exception>
    public async Task<ErasureJob> OrderAsync(ErasureOrder order, IReadOnlyDictionary<string, string> detail)
    {
        await trail.AppendAsync(new AuditEvent("erasure.order") { Object = new AuditObject("erasure", order.Id), Detail = detail });
        var path = Path.Combine(data.Folder(FolderName), order.Id + ".json");
        Save(path, order);
        faults.At?.Invoke(ErasureStep.Ordered);
        var job = _jobs[order.Id] = new ErasureJob(path, order);
        Ordered?.Invoke();
        return job;
    }

    /// <summary>Replaced whole: whoever reads it after a crash finds the one before or this one.</summary>
    internal static void Save(string path, ErasureOrder order)
    {
        var draft = path + ".new";
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, order, JsonSerializerOptions.Web);
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
        Log.LinuxFiles.FlushFolder(Path.GetDirectoryName(path)!);
    }
}
