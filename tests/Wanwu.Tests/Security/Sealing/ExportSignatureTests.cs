using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Wanwu.Hosting;
using Wanwu.Hosting.Commands;
using Wanwu.Hosting.Export;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;
using Wanwu.Things;

namespace Wanwu.Tests.Security.Sealing;

public sealed class ExportSignatureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-signed-").FullName;
    private readonly AuditKeys _keys;

    public ExportSignatureTests() => _keys = new AuditKeys(new DataFolder(Path.Combine(_folder, "data")), Options.Create(new AuditOptions()));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Manifest => Path.Combine(_folder, "export", "manifest.json");

    private async Task WriteAsync(AuditSuite suite)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Manifest)!);
        var part = Path.Combine(_folder, "export", "part-00001.csv");
        await File.WriteAllTextAsync(part, "thing,property\n", TestContext.Current.CancellationToken);
        var sum = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(part, TestContext.Current.CancellationToken)));
        new ExportManifest(1, "0", Timestamp.From(DateTimeOffset.UnixEpoch), "", true, 0, [new ExportedFile("part-00001.csv", 0, new FileInfo(part).Length, sum, null, null)]).Write(Manifest);
        ExportSignature.Write(Manifest, suite, _keys);
    }

    private Task<int> CheckAsync(params string[] more) => CommandLine.RunAsync(["check", "export", Path.GetDirectoryName(Manifest)!, .. more]);

    [Theory]
    [InlineData(nameof(AuditSuite.International))]
    [InlineData(nameof(AuditSuite.ShangMi))]
    public async Task It_proves_by_the_key_beside_it_and_by_that_of_the_server_and_by_no_other(string name)
    {
        var suite = Enum.Parse<AuditSuite>(name);
        await WriteAsync(suite);
        Assert.Equal(0, await CheckAsync());
        Assert.Equal(0, await CheckAsync("--key", Manifest + ".pub"));
        var other = Path.Combine(_folder, "other.pub");
        await File.WriteAllTextAsync(other, PemEncoding.WriteString("PUBLIC KEY", Signatures.PublicKey(suite, Signatures.MakeKey(suite))), TestContext.Current.CancellationToken);
        Assert.Equal(ExitCodes.Damaged, await CheckAsync("--key", other));
        Assert.NotEqual(0, await CheckAsync("--key", Manifest + ".sig"));
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("manifest.json.sig")]
    [InlineData("part-00001.csv")]
    public async Task A_changed_byte_of_list_signature_or_file_is_found(string name)
    {
        await WriteAsync(AuditSuite.International);
        var path = Path.Combine(_folder, "export", name);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        // A list with one more space reads just as well.
        if (name == "manifest.json") bytes = [.. bytes, (byte)' '];
        else bytes[^2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        Assert.Equal(ExitCodes.Damaged, await CheckAsync());
    }

    [Fact]
    public async Task Openssl_verifies_it_without_Wanwu()
    {
        await WriteAsync(AuditSuite.International);
        using var openssl = Process.Start(new ProcessStartInfo("openssl", ["dgst", "-sha256", "-verify", Manifest + ".pub", "-signature", Manifest + ".sig", Manifest]) { RedirectStandardOutput = true })!;
        Assert.Contains("Verified OK", await openssl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await openssl.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
