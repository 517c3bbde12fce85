using System.IO.Pipelines;

namespace Wanwu.Telemetry.Query.Formats;

internal enum ColumnKind
{
    Text,
    Time,
    Number,
    /// <summary>An observation's value, of any kind.</summary>
    Value,
    /// <summary>True or false.</summary>
    Flag,
}

/// <summary>A column of an answer.</summary>
internal readonly record struct Column(string Name, ColumnKind Kind);

/// <summary>An answer's rows as bytes: gathered in memory a portion at a time, then sent.</summary>
/// <remarks>A portion that failed half way is taken back whole by <see cref="Discard"/> before it is asked for again. Used by one thread at a time.</remarks>
internal abstract class RowFormat : IDisposable
{
    public abstract string ContentType { get; }

    /// <summary>Takes the cells of the row begun.</summary>
    public abstract RowWriter Row { get; }

    /// <summary>About how many bytes have not been sent.</summary>
    public abstract long Pending { get; }

    public abstract void BeginRow();
    public abstract void EndRow();

    /// <summary>Forgets the rows since the last <see cref="SendAsync"/>.</summary>
    public abstract void Discard();

    /// <summary>Sends what is gathered, and before the first rows what comes before them.</summary>
    public abstract Task SendAsync(PipeWriter output, CancellationToken stop);

    /// <summary>Sends what comes behind the last row.</summary>
    /// <param name="next">Where the answer would go on, or null.</param>
    public abstract Task EndAsync(string? next, PipeWriter output, CancellationToken stop);

    public abstract void Dispose();
}
