using System.Reflection;

namespace Wanwu.Hosting;

internal static class Product
{
    /// <summary>The version that people know, without the commit behind it.</summary>
    public static string Version { get; } =
        typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
