using PixArt.Imaging;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Data.Pictures.Parquet;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Data.Pictures;

/// <summary>Needs DuckDB's library (PIXART_DUCKDB), which also writes the files; skipped without.</summary>
public sealed class ParquetSetTests : IDisposable
{
    readonly PictureFolder _folder = new();

    static void NeedDuckDb()
    {
        if (!DuckDbLibrary.IsThere) Assert.Skip("DuckDB's library is not there; set PIXART_DUCKDB to its folder");
    }

    void Write(string name, string select)
    {
        using var duck = new DuckDb();
        duck.Query($"COPY ({select}) TO {DuckDb.Quoted(_folder[name])} (FORMAT parquet, ROW_GROUP_SIZE 4)");
    }

    static string Blob(int side) => $"from_hex('{Convert.ToHexString(PictureFolder.Picture(side, side).Encode(ImageFormat.Png))}')";

    [Fact]
    public void Parquet_EmbeddedPictures_AreReadByRow()
    {
        NeedDuckDb();
        Write("b.parquet", string.Join(" UNION ALL ", Enumerable.Range(10, 11).Select(side =>
            $"SELECT {{'bytes': {Blob(side)}, 'path': '{side}.png'}} AS image, 'a picture of {side} pixels' AS text, NULL::VARCHAR AS long_caption")));
        Write("a.parquet", $"SELECT {{'bytes': {Blob(40)}, 'path': 'x'}} AS image, '' AS text, 'it''s long' AS long_caption UNION ALL SELECT NULL, 'none', NULL");
        using var set = PictureSets.Open(new() { Kind = DataKind.Parquet, Folder = _folder.Path });
        Assert.Equal(13, set.Count);
        Assert.Equal([40, 20, 10, 15], new[] { 0, 12, 2, 7 }.Select(i => Image.Decode(set.Read(i)).Width));
        Assert.Equal(new PictureText(null, "it's long"), set.TextOf(0));
        Assert.Equal(new PictureText("a picture of 15 pixels"), set.TextOf(7));
        Assert.Equal("b.parquet, row 5", set.NameOf(7));
        Assert.Contains("a.parquet, row 1", Assert.Throws<PixArtException>(() => set.Read(1)).Message);
        using var data = new PictureData(new() { Kind = DataKind.Parquet, Folder = _folder.Path, Size = 16 });
        Assert.Equal((12, 1), (data.Count, data.Report.Broken.Count));
        Parallel.For(0, 12, i => Assert.Equal(16, data.Get(i).Width));
    }

    [Fact]
    public void Parquet_PlainBlobsAndNamedColumns_AreFound()
    {
        NeedDuckDb();
        Write("a.parquet", $"SELECT {Blob(12)} AS \"the picture\", 'so' AS words");
        using var set = PictureSets.Open(new() { Kind = DataKind.Parquet, Folder = _folder.Path, Image = "the picture", Caption = "words" });
        Assert.Equal((12, "so"), (Image.Decode(set.Read(0)).Width, set.TextOf(0).Short));
        Assert.Contains("has the picture, words", Assert.Throws<InvalidSettingException>(
            () => PictureSets.Open(new() { Kind = DataKind.Parquet, Folder = _folder.Path })).Message);
    }

    [Fact]
    public void Parquet_DamagedFiles_AreTold()
    {
        NeedDuckDb();
        Write("a.parquet", $"SELECT {Blob(12)} AS image, 'so' AS text");
        _folder.Write("b.parquet", "PAR1 and nothing else");
        using var set = PictureSets.Open(new() { Kind = DataKind.Parquet, Folder = _folder.Path });
        Assert.Equal(1, set.Count);
        Assert.Contains("b.parquet", Assert.Single(set.Troubles));
    }

    [Fact]
    public void Load_NotThere_IsNothing() => Assert.Equal(0, DuckDbLibrary.Load(_folder["nowhere"]));

    public void Dispose() => _folder.Dispose();
}
