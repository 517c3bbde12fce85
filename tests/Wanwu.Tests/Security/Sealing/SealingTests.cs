using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Wanwu.Security.Sealing;

namespace Wanwu.Tests.Security.Sealing;

public sealed class SealingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-seal-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static readonly byte[] Key = [.. Enumerable.Range(0, Sm4Envelope.KeyLength).Select(i => (byte)i)];
    /// <summary>Version 1, with salt and nonce of 1, 2, 3 …, computed by OpenSSL: never to be changed.</summary>
    private const string Golden = "010102030405060708090A0B0C0D0E0F101112131415161718191A1B1C36D983535946A148C3711658BE936CFED1B6843AAA0A5CDD2086A84553F1E71E";

    [Fact]
    public void What_version_1_sealed_is_opened()
    {
        Assert.Equal("a secret of 2026"u8.ToArray(), Sm4Envelope.Open(Key, Convert.FromHexString(Golden), "beside"u8));
        byte[] head = [1, .. Enumerable.Range(1, 28).Select(i => (byte)i)];
        Assert.Equal(Golden, Convert.ToHexString(Sm4Envelope.Seal(Key, head, "a secret of 2026"u8, "beside"u8)));
    }

    [Fact]
    public void Any_changed_byte_another_key_and_another_place_are_found()
    {
        var sealedBytes = Sm4Envelope.Seal(Key, "secret"u8, "beside"u8);
        Assert.Equal("secret"u8.ToArray(), Sm4Envelope.Open(Key, sealedBytes, "beside"u8));
        Assert.NotEqual(sealedBytes, Sm4Envelope.Seal(Key, "secret"u8, "beside"u8));
        for (var i = 0; i < sealedBytes.Length; i++)
        {
            var changed = sealedBytes.ToArray();
            changed[i] ^= 0x40;
            Assert.Throws<CryptographicException>(() => Sm4Envelope.Open(Key, changed, "beside"u8));
            Assert.Throws<CryptographicException>(() => Sm4Envelope.Open(Key, sealedBytes.AsSpan(0, i), "beside"u8));
        }
        Assert.Throws<CryptographicException>(() => Sm4Envelope.Open(Key, sealedBytes, "elsewhere"u8));
        Assert.Throws<CryptographicException>(() => Sm4Envelope.Open([.. Key.Select(part => (byte)~part)], sealedBytes, "beside"u8));
    }

    [Fact]
    public async Task A_change_of_suite_seals_by_the_new_one_at_once_and_opens_what_the_old_one_sealed()
    {
        var data = Path.Combine(_folder, "data");
        string[] before;
        await using (var server = await WanwuServer.StartAsync(data))
        {
            before = [server.Get<IDataProtectionProvider>().CreateProtector("test").Protect("sealed before")];
        }
        await using (var server = await WanwuServer.StartAsync(data, settings: "--Security:Sealing:Suite=ShangMi"))
        {
            var protector = server.Get<IDataProtectionProvider>().CreateProtector("test");
            Assert.Equal("sealed before", protector.Unprotect(before[0]));
            before = [.. before, protector.Protect("sealed by SM4")];
            Assert.IsType<Sm4Descriptor>(server.Get<IKeyManager>().GetAllKeys().MaxBy(key => key.ActivationDate)!.Descriptor);
        }
        await using (var server = await WanwuServer.StartAsync(data))
        {
            var protector = server.Get<IDataProtectionProvider>().CreateProtector("test");
            Assert.Equal(["sealed before", "sealed by SM4"], before.Select(text => protector.Unprotect(text)));
        }
    }

    [Fact]
    public async Task Keys_move_out_of_the_data_when_a_folder_apart_is_named()
    {
        var (data, apart) = (Path.Combine(_folder, "data"), Path.Combine(_folder, "apart"));
        string text;
        await using (var server = await WanwuServer.StartAsync(data)) text = server.Get<IDataProtectionProvider>().CreateProtector("test").Protect("secret");
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(data, "keys")));

        await using (var server = await WanwuServer.StartAsync(data, settings: $"--Security:Sealing:KeyFolder={apart}"))
        {
            Assert.Equal("secret", server.Get<IDataProtectionProvider>().CreateProtector("test").Unprotect(text));
            Assert.True(server.Get<KeyRing>().IsApart);
        }
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(data, "keys")));
        Assert.NotEmpty(Directory.EnumerateFiles(apart));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(apart));
    }
}
