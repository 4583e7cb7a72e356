using System.Runtime.InteropServices;

namespace PixArt.Training.Data.Pictures.Parquet;

/// <summary>The C functions of DuckDB that we call.</summary>
static unsafe partial class DuckDbNative
{
    /// <summary>DuckDB's duckdb_result; only DuckDB looks into it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Result
    {
        public ulong Columns;
        public ulong Rows;
        public ulong Changed;
        public nint Data;
        public nint Error;
        public nint Internal;
    }

    [LibraryImport(DuckDbLibrary.Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_open(string? path, out nint database);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial void duckdb_close(ref nint database);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial int duckdb_connect(nint database, out nint connection);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial void duckdb_disconnect(ref nint connection);

    [LibraryImport(DuckDbLibrary.Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_query(nint connection, string query, out Result result);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial byte* duckdb_result_error(ref Result result);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial void duckdb_destroy_result(ref Result result);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial ulong duckdb_column_count(ref Result result);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial nint duckdb_fetch_chunk(Result result);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial void duckdb_destroy_data_chunk(ref nint chunk);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial ulong duckdb_data_chunk_get_size(nint chunk);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial nint duckdb_data_chunk_get_vector(nint chunk, ulong column);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial byte* duckdb_vector_get_data(nint vector);

    [LibraryImport(DuckDbLibrary.Name)]
    public static partial ulong* duckdb_vector_get_validity(nint vector);
}
