using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Wanwu.Hosting.Options;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Erasure;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <param name="Bytes">Of the file as it is kept, a table in UTF-8; <paramref name="Progress"/> counts in it.</param>
/// <param name="Problem">What holds it up, or why it cannot go on.</param>
internal sealed record ImportView(
    string Id, string Name, ImportState State, Timestamp Created, Timestamp? Ended, string By, long Bytes, IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Sample,
    ImportMapping Mapping, ImportProgress Progress, ImportReport? Report, string? Problem)
{
    public static ImportView Of(ImportJob job)
    {
        var record = job.Record;
        return new ImportView(record.Id, record.Name, record.State, record.Created, record.Ended, record.Caller.Name, record.Bytes, record.Header, record.Sample,
            record.Mapping, job.Progress, record.Report, job.Problem);
    }
}

/// <summary><c>/api/v1/imports</c>: history from files. A file is sent, tried, and taken in the background.</summary>
internal static class ImportEndpoints
{
    private const int MaxMapping = 1 << 20, MaxName = 200;

    public static void AddImports(this WebApplicationBuilder builder)
    {
        builder.AddSettings<ImportOptions>("Connect:Imports");
        builder.Services.AddSingleton<ImportQueue>();
        builder.Services.AddSingleton<Imports>();
        builder.Services.AddSingleton<DryRun>();
        builder.Services.AddSingleton<ImportRun>();
        builder.Services.AddHostedService<ImportService>();
        builder.Services.AddSingleton<IErasurePlace, ImportErasure>();
    }

    public static void MapImports(this IEndpointRouteBuilder routes)
    {
        var imports = routes.MapGroup("/api/v1/imports").WithTags("Imports").RequireAuthorization(Permission.Report.Policy());
        imports.MapPost("/", Upload).Accepts<byte[]>("text/csv", "application/vnd.apache.parquet", "application/octet-stream")
            .WithSummary("Takes a file: a table in CSV or Parquet. Nothing of it is imported yet; the answer guesses what its columns mean.")
            .Produces<ImportView>(201).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(413).ProducesProblem(422).ProducesProblem(507).Audited("import.upload");
        imports.MapGet("/", List).WithSummary("Lists imports, the newest first: one's own, or for administrators all.").Produces<ListView<ImportView>>();
        imports.MapGet("/{id}", Get).WithSummary("Says what an import is, how far it has come, and what a dry run found.").Produces<ImportView>().ProducesProblem(404);
        imports.MapPost("/{id}/check", Check).Accepts<ImportMapping>("application/json").WithSummary("Has a dry run made with the mapping of the body, or the one there is: what would be refused and what is new. Nothing is written.")
            .Produces<ImportView>(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).Audited("import.check");
        imports.MapPost("/{id}/start", Start).Accepts<ImportMapping>("application/json").WithSummary("Has the import run, or go on from where it was stopped.")
            .Produces<ImportView>(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).Audited("import.start");
        imports.MapPost("/{id}/stop", StopWork).WithSummary("Stops a dry run or an import; what is imported stays, and start goes on behind it.").Produces<ImportView>(202).ProducesProblem(404).ProducesProblem(409).Audited("import.stop");
        imports.MapGet("/{id}/refused", Refused).WithSummary("The values that were refused, with line and reason, as CSV.").Produces<string>(200, "text/csv").ProducesProblem(404);
        imports.MapDelete("/{id}", Delete).WithSummary("Forgets an import and its file; what it brought stays.").Produces(204).ProducesProblem(404).ProducesProblem(409).Audited("import.remove");
    }

    private static async Task<IResult> Upload(HttpContext http, Imports imports, CancellationToken stop, string? name = null, string? encoding = null)
    {
        var caller = Caller.From(http.User);
        if (caller.Kind == CallerKind.Thing) return TypedResults.Problem("A thing hands in its own observations with reports; files are for people and programs.", statusCode: 403);
        Encoding? known = null;
        if (encoding is { Length: > 0 } && !SourceFile.TryFindEncoding(encoding, out known))
            return TypedResults.Problem($"'{ThingRules.Short(encoding)}' is no encoding that is known here: utf-8, gb18030, big5, utf-16, windows-1252 and others are.", statusCode: 400);
        // The bound of other bodies is for what is read into memory; this one goes to disk, with a bound of its own.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bound) bound.MaxRequestBodySize = null;
        try
        {
            var job = await imports.CreateAsync(http.Request.Body, NameOf(name), known, caller, stop);
            return TypedResults.Created($"/api/v1/imports/{job.Record.Id}", ImportView.Of(job));
        }
        catch (SourceFileException fault)
        {
            return TypedResults.Problem(fault.Message, statusCode: fault.Status);
        }
        catch (IOException fault) when (fault is not BadHttpRequestException)
        {
            return TypedResults.Problem($"The file could not be kept: {fault.Message}", statusCode: StatusCodes.Status507InsufficientStorage);
        }
    }

    private static string NameOf(string? name)
    {
        var kept = string.Concat((name ?? "").Where(character => !char.IsControl(character))).Trim();
        return kept.Length == 0 ? "file" : kept.Length > MaxName ? kept[..MaxName] : kept;
    }

    private static ListView<ImportView> List(HttpContext http, Imports imports) => new([.. imports.Of(Caller.From(http.User)).Select(ImportView.Of)], null);

    private static IResult Get(string id, HttpContext http, Imports imports) =>
        imports.Find(id, Caller.From(http.User)) is { } job ? TypedResults.Ok(ImportView.Of(job)) : Unknown(id);

    private static Task<IResult> Check(string id, HttpContext http, Imports imports, CancellationToken stop) => BeginAsync(id, http, imports, imports.Check, stop);

    private static Task<IResult> Start(string id, HttpContext http, Imports imports, CancellationToken stop) => BeginAsync(id, http, imports, imports.Start, stop);

    private static async Task<IResult> BeginAsync(string id, HttpContext http, Imports imports, Func<ImportJob, ImportMapping, bool> begin, CancellationToken stop)
    {
        if (imports.Find(id, Caller.From(http.User)) is not { } job) return Unknown(id);
        var faults = new FieldFaults();
        var mapping = await ReadMappingAsync(http.Request, faults, stop);
        if (mapping is not null && job.Record.HasBegun && job.Record.Progress.Rows > 0)
            return TypedResults.Problem("A part of the file is imported already, so its mapping stays as it is: start it without one. For another, send the file again.", statusCode: 409);
        mapping ??= job.Record.Mapping;
        if (faults.IsEmpty) ColumnPlan.TryMake(mapping, job.Record.Header, faults);
        if (!faults.IsEmpty) return faults.ToProblem();
        return begin(job, mapping)
            ? TypedResults.Accepted($"/api/v1/imports/{id}", ImportView.Of(job))
            : TypedResults.Problem($"The import is {StateOf(job)}: stop it first, or send the file again.", statusCode: 409);
    }

    /// <summary>The mapping of the body; null where there is no body, or with faults.</summary>
    private static async Task<ImportMapping?> ReadMappingAsync(HttpRequest request, FieldFaults faults, CancellationToken stop)
    {
        if (request.ContentLength is null or 0 && request.ContentType is null) return null;
        try
        {
            var body = await JsonBody.ReadBytesAsync(request, MaxMapping, stop);
            if (body is null) faults.Add("", $"The mapping is larger than {MaxMapping} bytes.");
            else if (body.Length > 0)
            {
                var mapping = JsonSerializer.Deserialize<ImportMapping>(body, Strict);
                if (mapping is null || mapping.Columns?.Any(column => column?.Column is null) == true || mapping.Time?.Any(column => column is null) == true || mapping.Empty?.Any(text => text is null) == true)
                    faults.Add("", "The mapping is null, or a column or text in it is.");
                else return mapping;
            }
        }
        catch (JsonException fault)
        {
            faults.Add(fault.Path ?? "", "The mapping cannot be read: this is not known here, or its value is of another kind.");
        }
        return null;
    }

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow, MaxDepth = 8,
    };

    private static IResult StopWork(string id, HttpContext http, Imports imports)
    {
        if (imports.Find(id, Caller.From(http.User)) is not { } job) return Unknown(id);
        return Imports.Stop(job) ? TypedResults.Accepted($"/api/v1/imports/{id}", ImportView.Of(job)) : TypedResults.Problem($"The import is {StateOf(job)}; there is nothing to stop.", statusCode: 409);
    }

    private static IResult Refused(string id, HttpContext http, Imports imports)
    {
        if (imports.Find(id, Caller.From(http.User)) is not { } job) return Unknown(id);
        return File.Exists(job.Folder.Refused)
            ? TypedResults.Stream(new FileStream(job.Folder.Refused, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), "text/csv; charset=utf-8", "refused.csv")
            : TypedResults.Text("line,reason,thing,property,count,detail,text\n", "text/csv", Encoding.UTF8);
    }

    private static IResult Delete(string id, HttpContext http, Imports imports)
    {
        if (imports.Find(id, Caller.From(http.User)) is not { } job) return Unknown(id);
        return imports.Remove(job) ? TypedResults.NoContent() : TypedResults.Problem($"The import is {StateOf(job)}: stop it first.", statusCode: 409);
    }

    private static string StateOf(ImportJob job) => JsonSerializer.Serialize(job.Record.State).Trim('"');

    private static ProblemHttpResult Unknown(string id) => TypedResults.Problem($"There is no import '{ThingRules.Short(id)}'.", statusCode: 404);
}
