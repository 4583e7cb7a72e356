using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace PixArt.Training.Data.Pictures.Parquet;

/// <summary>An empty DuckDB that reads files. Queries may come from several threads; each takes a connection of its own.</summary>
sealed unsafe class DuckDb : IDisposable
{
    const int Inlined = 12;
    readonly ConcurrentBag<nint> _idle = [];
    nint _database;

    /// <exception cref="PixArtException">The library is not there, or does not start.</exception>
    public DuckDb()
    {
        DuckDbLibrary.Require();
        if (DuckDbNative.duckdb_open(null, out _database) != 0) throw new PixArtException("DuckDB does not start");
        // Pictures are read by several threads already.
        Query("SET threads = 1");
    }

    /// <summary>The rows of a query whose columns are all text or blobs; null where a value is.</summary>
    /// <exception cref="PixArtException">DuckDB refuses it.</exception>
    public List<byte[]?[]> Query(string sql)
    {
        if (!_idle.TryTake(out var connection) && DuckDbNative.duckdb_connect(_database, out connection) != 0)
            throw new PixArtException("DuckDB takes no more connections");
        var failed = DuckDbNative.duckdb_query(connection, sql, out var result) != 0;
        try
        {
            if (failed) throw new PixArtException($"DuckDB: {Marshal.PtrToStringUTF8((nint)DuckDbNative.duckdb_result_error(ref result))?.Split('\n')[0]}");
            return Rows(ref result);
        }
        finally
        {
            DuckDbNative.duckdb_destroy_result(ref result);
            _idle.Add(connection);
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var connection)) DuckDbNative.duckdb_disconnect(ref connection);
        if (_database != 0) DuckDbNative.duckdb_close(ref _database);
        _database = 0;
    }

    /// <summary>A text as SQL writes it.</summary>
    public static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A column as SQL writes it.</summary>
    public static string Column(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    static List<byte[]?[]> Rows(ref DuckDbNative.Result result)
    {
        var columns = (int)DuckDbNative.duckdb_column_count(ref result);
        var rows = new List<byte[]?[]>();
        while (DuckDbNative.duckdb_fetch_chunk(result) is var chunk && chunk != 0)
        {
            try
            {
                var first = rows.Count;
                var count = (int)DuckDbNative.duckdb_data_chunk_get_size(chunk);
                for (var row = 0; row < count; row++) rows.Add(new byte[]?[columns]);
                for (var column = 0; column < columns; column++)
                {
                    var vector = DuckDbNative.duckdb_data_chunk_get_vector(chunk, (ulong)column);
                    var (data, valid) = ((nint)DuckDbNative.duckdb_vector_get_data(vector), (nint)DuckDbNative.duckdb_vector_get_validity(vector));
                    for (var row = 0; row < count; row++)
                        if (valid == 0 || (((ulong*)valid)[row / 64] >> (row % 64) & 1) != 0) rows[first + row][column] = Value((byte*)data + (16 * row));
                }
            }
            finally
            {
                DuckDbNative.duckdb_destroy_data_chunk(ref chunk);
            }
        }

        return rows;
    }

    // duckdb_string_t: a length, then the bytes themselves or four of them and where all are.
    static byte[] Value(byte* value)
    {
        var length = *(int*)value;
        return new ReadOnlySpan<byte>(length <= Inlined ? value + 4 : *(byte**)(value + 8), length).ToArray();
    }
}
