// Signals, mounts, file modes and Debian's packages: these tests run where the product is operated.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
