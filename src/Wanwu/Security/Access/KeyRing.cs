using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Options;
using Wanwu.Registry;

namespace Wanwu.Security.Access;

/// <summary>Keeps the keys that seal sessions and forms in the data folder (<c>keys/</c>), so that people stay signed in over a restart.</summary>
internal sealed class KeyRing(DataFolder folder, ILoggerFactory logs) : IConfigureOptions<KeyManagementOptions>
{
    public void Configure(KeyManagementOptions options) =>
        options.XmlRepository = new FileSystemXmlRepository(new DirectoryInfo(folder.Folder("keys")), logs);
}
