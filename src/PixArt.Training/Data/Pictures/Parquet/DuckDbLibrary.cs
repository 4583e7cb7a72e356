using System.Reflection;
using System.Runtime.InteropServices;

namespace PixArt.Training.Data.Pictures.Parquet;

/// <summary>Finds DuckDB's library when parquet files are to be read: a file or its folder in <c>PIXART_DUCKDB</c>, else
/// <c>libduckdb</c> among the system's libraries.</summary>
static class DuckDbLibrary
{
    public const string Name = "duckdb";
    const string Variable = "PIXART_DUCKDB";
    static readonly Lock s_gate = new();
    static nint s_library;

    /// <summary>Loads the library once.</summary>
    /// <exception cref="PixArtException">It is not there; says how to get it.</exception>
    public static void Require()
    {
        lock (s_gate)
        {
            if (s_library != 0) return;
            s_library = Load(Environment.GetEnvironmentVariable(Variable));
            if (s_library == 0)
            {
                throw new PixArtException(
                    $"parquet files need DuckDB's library, which is not there: unpack libduckdb from duckdb.org (C/C++) and set {Variable} to its folder");
            }

            NativeLibrary.SetDllImportResolver(typeof(DuckDbLibrary).Assembly, Resolve);
        }
    }

    /// <summary>Whether it can be loaded.</summary>
    public static bool IsThere
    {
        get
        {
            try
            {
                Require();
                return true;
            }
            catch (PixArtException)
            {
                return false;
            }
        }
    }

    /// <summary>The library's handle, or 0.</summary>
    /// <param name="given">A file, a folder that holds it, or null: the system's.</param>
    internal static nint Load(string? given)
    {
        var file = OperatingSystem.IsWindows() ? "duckdb.dll" : OperatingSystem.IsMacOS() ? "libduckdb.dylib" : "libduckdb.so";
        var path = string.IsNullOrEmpty(given) ? file : Directory.Exists(given) ? Path.Combine(given, file) : given;
        return NativeLibrary.TryLoad(path, out var library) ? library : 0;
    }

    static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search) =>
        string.Equals(name, Name, StringComparison.Ordinal) ? s_library : 0;
}
