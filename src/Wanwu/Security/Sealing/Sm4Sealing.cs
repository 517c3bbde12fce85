using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace Wanwu.Security.Sealing;

/// <summary>Makes keys of the ring that seal with SM4-GCM.</summary>
internal sealed class Sm4Configuration : AlgorithmConfiguration
{
    public override IAuthenticatedEncryptorDescriptor CreateNewDescriptor() => new Sm4Descriptor(new Secret(RandomNumberGenerator.GetBytes(Sm4Envelope.KeyLength)));
}

/// <summary>A key of the ring, as it is written into its file.</summary>
internal sealed class Sm4Descriptor(ISecret key) : IAuthenticatedEncryptorDescriptor
{
    private const string KeyName = "masterKey", ValueName = "value";

    public byte[] Key()
    {
        var bytes = new byte[key.Length];
        key.WriteSecretIntoBuffer(new ArraySegment<byte>(bytes));
        return bytes;
    }

    public XmlSerializedDescriptorInfo ExportToXml()
    {
        var secret = new XElement(KeyName, new XComment(" Warning: the key below is in an unencrypted form. "), new XElement(ValueName, Convert.ToBase64String(Key())));
        secret.MarkAsRequiresEncryption();
        return new XmlSerializedDescriptorInfo(new XElement("descriptor", new XElement("encryption", new XAttribute("algorithm", "SM4_GCM")), new XElement("derivation", new XAttribute("algorithm", "HKDF_SM3")), secret), typeof(Sm4Reader));
    }

    internal static Sm4Descriptor Read(XElement element) => element.Element(KeyName)?.Element(ValueName)?.Value is { } text && Convert.FromBase64String(text) is { Length: Sm4Envelope.KeyLength } key
        ? new Sm4Descriptor(new Secret(key))
        : throw new CryptographicException("The key of the key ring is not one of SM4-GCM.");
}

/// <summary>Reads it back. The name of this type stands in the files of keys: it must not change.</summary>
internal sealed class Sm4Reader : IAuthenticatedEncryptorDescriptorDeserializer
{
    public IAuthenticatedEncryptorDescriptor ImportFromXml(XElement element) => Sm4Descriptor.Read(element);
}

internal sealed class Sm4Factory : IAuthenticatedEncryptorFactory
{
    public IAuthenticatedEncryptor? CreateEncryptorInstance(IKey key) => key.Descriptor is Sm4Descriptor descriptor ? new Sm4Encryptor(descriptor.Key()) : null;
}

internal sealed class Sm4Encryptor(byte[] key) : IAuthenticatedEncryptor
{
    public byte[] Encrypt(ArraySegment<byte> plaintext, ArraySegment<byte> additionalAuthenticatedData) => Sm4Envelope.Seal(key, plaintext, additionalAuthenticatedData);

    public byte[] Decrypt(ArraySegment<byte> ciphertext, ArraySegment<byte> additionalAuthenticatedData) => Sm4Envelope.Open(key, ciphertext, additionalAuthenticatedData);
}
