using System.Data.Common;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary>Writes down who is unknown, soon after a first knock and now and then while more come, and takes out the names of people who mistyped their passwords.</summary>
internal sealed partial class UnknownUpkeep(
    UnknownDevices devices, RegistryWriter writer, IDbContextFactory<RegistryDb> contexts, IOptions<ContactOptions> options, TimeProvider clock, ILogger<UnknownUpkeep> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private const int TicksBetween = 2, MostAtOnce = 500;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Set<UnknownDeviceRow>().AsNoTracking().ToListAsync(cancellationToken);
        devices.Restore(rows.Select(row => new UnknownDevice(row.Id, row.Door, row.Scheme, row.Value, row.First, row.Last, row.Count, row.Address)
        {
            Said = row.Said, Key = row.RegistersWith, IsWaiting = row.IsWaiting, Secret = row.Secret,
        }));
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(UnknownUpkeep), LoopAsync, clock, logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            for (var tick = 0; await timer.WaitForNextTickAsync(stop); tick++) await TickAsync(tick % TicksBetween == 0, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await TickAsync(writes: true, CancellationToken.None);
        }
    }

    private async Task TickAsync(bool writes, CancellationToken stop)
    {
        try
        {
            await SiftAsync(stop);
            if (writes) await WriteAsync(stop);
        }
        // The edge of the loop: a list that is a little old does no harm, and is written the next time.
#pragma warning disable CA1031
        catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
        {
            NotWritten(fault);
        }
    }

    /// <summary>A person's name is none of a device: it goes, the others are shown from here on.</summary>
    private async Task SiftAsync(CancellationToken stop)
    {
        var unseen = devices.Unseen(MostAtOnce);
        if (unseen.Count == 0) return;
        await using var db = await contexts.CreateDbContextAsync(stop);
        var names = new UpperInvariantLookupNormalizer();
        var asked = unseen.Select(device => names.NormalizeName(device.Value)!).ToList();
        var people = (await db.Users.Where(person => asked.Contains(person.NormalizedUserName!)).Select(person => person.NormalizedUserName).ToListAsync(stop)).ToHashSet();
        foreach (var device in unseen)
        {
            if (people.Contains(names.NormalizeName(device.Value))) devices.Remove(device.Id);
            else devices.Show(device.Id);
        }
    }

    /// <summary>Brings what is written down up to date.</summary>
    internal async Task WriteAsync(CancellationToken stop)
    {
        var (changed, gone) = devices.Settle(Timestamp.From(clock.GetUtcNow() - TimeSpan.FromDays(options.Value.UnknownDays)));
        if (changed.Count == 0 && gone.Count == 0) return;
        try
        {
            await writer.WriteAsync(async db =>
            {
                await ApplyAsync(db, changed, gone, stop);
                return 0;
            }, stop);
        }
        catch (Exception fault) when (fault is DbException or DbUpdateException or IOException)
        {
            devices.NotWritten(changed, gone);
            throw;
        }
        devices.Written(changed, gone);
    }

    private static async Task ApplyAsync(RegistryDb db, List<UnknownDevice> changed, List<Guid> gone, CancellationToken stop)
    {
        var rows = db.Set<UnknownDeviceRow>();
        foreach (var part in gone.Concat(changed.Select(device => device.Id)).Chunk(MostAtOnce))
        {
            var there = (await rows.Where(row => part.Contains(row.Id)).ToListAsync(stop)).ToDictionary(row => row.Id);
            rows.RemoveRange(part.Where(gone.Contains).Select(there.GetValueOrDefault).OfType<UnknownDeviceRow>());
            foreach (var device in changed.Where(device => part.Contains(device.Id)))
            {
                if (!there.TryGetValue(device.Id, out var row))
                    rows.Add(row = new UnknownDeviceRow { Id = device.Id, Door = device.Door, Scheme = device.Scheme, Value = device.Value, First = device.First, Address = device.Address, Secret = device.Secret });
                (row.Last, row.Count, row.Address, row.Said, row.RegistersWith, row.IsWaiting) = (device.Last, device.Count, device.Address, device.Said, device.Key, device.IsWaiting);
            }
        }
    }

    [LoggerMessage(6305, LogLevel.Warning, "The list of unknown devices could not be written; it is tried again")]
    private partial void NotWritten(Exception fault);
}
