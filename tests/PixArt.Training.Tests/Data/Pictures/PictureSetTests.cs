using System.Formats.Tar;
using System.Text;
using PixArt.Imaging;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Data.Pictures;

public sealed class PictureSetTests : IDisposable
{
    readonly PictureFolder _folder = new();

    IPictureSet Open(DataKind kind, string below = "", string? file = null) =>
        PictureSets.Open(new() { Kind = kind, Folder = _folder[below], File = file });

    static int SideOf(IPictureSet set, int index) => Image.Decode(set.Read(index)).Width;

    [Fact]
    public void Folder_MetadataLines_GiveCaptionsAndBadLinesAreTold()
    {
        _folder.Add("a.png").Add("sub/b.png", caption: "from the text file").Add("c.png", caption: "of c").Write("metadata.jsonl", """
            {"file_name": "a.png", "text": "an a", "long_caption": "a long a"}
            {"file_name": "sub/b.png", "text": "a b"}
            not json
            {"text": "of nothing"}

            """);
        using var set = Open(DataKind.Folder);
        Assert.Equal(["a.png", "c.png", Path.Combine("sub", "b.png")], Enumerable.Range(0, 3).Select(set.NameOf), StringComparer.Ordinal);
        Assert.Equal([new("an a", "a long a"), new("of c"), new("a b")], Enumerable.Range(0, 3).Select(set.TextOf));
        Assert.Equal(2, set.Troubles.Count);
        Assert.Contains("line 3", set.Troubles[0]);
    }

    [Fact]
    public void DataInfo_OfTheRepositories_FindsImagesBesideTheRoot()
    {
        _folder.Add("InternImgs/x/1.png", 30, 20).Add("InternImgs/2.png", 20, 20).Write("InternData/data_info.json", """
            [
              {"height": 20, "width": 30, "ratio": 0.67, "path": "x/1.png", "prompt": "one", "sharegpt4v": "one at length"},
              {"height": 20, "width": 20, "ratio": 1.0, "path": "2.png", "prompt": " two "},
              {"height": 20, "width": 20, "path": "gone.png", "prompt": ""},
              {"height": 20}
            ]
            """);
        using var set = Open(DataKind.DataInfo);
        Assert.Equal(3, set.Count);
        Assert.Equal([(20, 30), (20, 20), null], Enumerable.Range(0, 3).Select(set.SizeOf));
        Assert.Equal([new("one", "one at length"), new("two"), default], Enumerable.Range(0, 3).Select(set.TextOf));
        Assert.Equal([30, 20], Enumerable.Range(0, 2).Select(i => SideOf(set, i)));
        Assert.False(set.HasCaption(2));
        Assert.Contains("gone.png", Assert.Throws<PixArtException>(() => set.Read(2)).Message);
        Assert.Single(set.Troubles);
        Assert.Equal(_folder["InternData"], ((DataInfoSet)set).Root);
    }

    [Theory]
    [InlineData("partition/data_info.json")]
    [InlineData("partition_filter/data_info.json")]
    public void DataInfo_InAPartitionFolder_HasItsRootAbove(string list)
    {
        _folder.Add("1.png").Write(list, """[{"height": 40, "width": 40, "path": "1.png", "prompt": "one"}]""");
        using var set = (DataInfoSet)Open(DataKind.DataInfo);
        Assert.Equal(_folder.Path, set.Root);
        Assert.Equal(40, SideOf(set, 0));
    }

    [Theory]
    [InlineData("{}", "a JSON array of records (it is no array)")]
    [InlineData("[", "a JSON array of records (Expected depth to be zero")]
    [InlineData("[]", "a list with at least one record that has a path")]
    [InlineData("""[{"prompt": "a fox"}]""", "a list with at least one record that has a path")]
    public void DataInfo_NoUsableList_IsRefusedWithItsName(string text, string expected)
    {
        _folder.Write("data_info.json", text);
        var error = Assert.Throws<InvalidSettingException>(() => Open(DataKind.DataInfo));
        Assert.Equal(("data.file", _folder["data_info.json"]), (error.Field, error.Value));
        Assert.StartsWith(expected, error.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void Sam_Partitions_ComeInTheirNumbersOrder()
    {
        _folder.Add("images/a.jpg", 10).Add("images/b.jpg", 20).Add("images/c.jpg", 30).Write("captions/a.txt", "of a\n")
            .Write("partition/part10.txt", "a\n").Write("partition/part9.txt", "c\n\nb\n");
        using var set = Open(DataKind.Sam);
        Assert.Equal(["c", "b", "a"], Enumerable.Range(0, 3).Select(set.NameOf), StringComparer.Ordinal);
        Assert.Equal([30, 20, 10], Enumerable.Range(0, 3).Select(i => SideOf(set, i)));
        Assert.Equal([false, false, true], Enumerable.Range(0, 3).Select(set.HasCaption));
        Assert.Equal("of a", set.TextOf(2).Short);
    }

    [Fact]
    public void WebDataset_AnyMember_IsReadAtOnceFromItsPlace()
    {
        Shard("b.tar", ("s/2.jpg", Jpeg(20)), ("s/2.txt", Text("two")), ("s/3.x.png", Png(30)), ("readme", Text("no sample")));
        Shard("a.tar", ("1.json", Text("""{"caption": "one", "long_caption": "one at length"}""")), ("1.webp", Webp(10)), ("4.txt", Text("no picture")));
        using var set = Open(DataKind.WebDataset);
        Assert.Equal(["a.tar/1", "b.tar/s/2", "b.tar/s/3"], Enumerable.Range(0, set.Count).Select(set.NameOf), StringComparer.Ordinal);
        Assert.Equal([30, 10, 20], new[] { 2, 0, 1 }.Select(i => SideOf(set, i)));
        Assert.Equal([new("one", "one at length"), new("two"), default], Enumerable.Range(0, 3).Select(set.TextOf));
        Assert.Equal(set.Read(1)[..10], set.Read(1, 10));
        Assert.Empty(set.Troubles);
        using var first = Open(DataKind.WebDataset, file: "a*.tar");
        Assert.Equal(1, first.Count);
        Assert.NotEqual(set.Fingerprint, first.Fingerprint, StringComparer.Ordinal);
    }

    [Fact]
    public void WebDataset_AShardThatIsCutOff_GivesWhatComesBefore()
    {
        Shard("a.tar", ("1.png", Png(200)), ("2.png", Png(300)));
        var path = _folder["a.tar"];
        using (var stream = new FileStream(path, FileMode.Open)) stream.SetLength(stream.Length - 1500);
        File.WriteAllText(_folder["b.tar"], "no tar at all, but long enough to be taken for the beginning of one");
        using var set = Open(DataKind.WebDataset);
        Assert.Equal(1, set.Count);
        Assert.Contains(set.Troubles, line => line.Contains("a.tar", StringComparison.Ordinal));
    }

    [Fact]
    public void WebDataset_ShardsWithoutPictures_AreToldWithWhatIsWrongWithThem()
    {
        File.WriteAllText(_folder["a.tar"], "no tar at all, but long enough to be taken for the beginning of one");
        var message = Assert.Throws<InvalidSettingException>(() => Open(DataKind.WebDataset)).Message;
        Assert.StartsWith($"data.folder is '{_folder.Path}', expected shards that hold pictures; ", message, StringComparison.Ordinal);
        Assert.Contains("a.tar", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AFileThatEndsEarlyOrIsGone_NamesIt()
    {
        Shard("a.tar", ("1.png", Png(20)));
        using var set = Open(DataKind.WebDataset);
        using (var stream = new FileStream(_folder["a.tar"], FileMode.Open)) stream.SetLength(520);
        Assert.StartsWith($"{_folder["a.tar"]}: ends before byte ", Assert.Throws<PixArtException>(() => set.Read(0)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(_folder["x.png"], Png(20));
        using var folder = Open(DataKind.Folder);
        File.Delete(_folder["x.png"]);
        Assert.Equal($"{_folder["x.png"]}: no such file", Assert.Throws<PixArtException>(() => folder.Read(0)).Message);
        Directory.CreateDirectory(_folder["x.png"]);
        Assert.StartsWith($"{_folder["x.png"]}: ", Assert.Throws<PixArtException>(() => folder.Read(0)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DataKind.Sam, "the SA1B layout: partition/*.txt, or images/*.jpg")]
    [InlineData(DataKind.WebDataset, "a folder with *.tar")]
    [InlineData(DataKind.DataInfo, "a folder with data_info.json in it, or in InternData, partition, partition_filter below it")]
    [InlineData(DataKind.Folder, "a folder with png, jpg or webp images")]
    public void Open_NothingThere_NamesTheFolderAndWhatIsExpected(DataKind kind, string expected)
    {
        var error = Assert.Throws<InvalidSettingException>(() => Open(kind));
        Assert.Equal(("data.folder", _folder.Path, expected), (error.Field, error.Value, error.Expected));
        error = Assert.Throws<InvalidSettingException>(() => Open(kind, "nowhere"));
        Assert.Equal(("data.folder", _folder["nowhere"], "a folder of images"), (error.Field, error.Value, error.Expected));
    }

    [Fact]
    public void Open_AKindThatIsNoSetOfPictures_IsRefused() => Assert.Equal(
        "data.kind is 'scenes', expected folder, dataInfo, sam, webDataset or parquet", Assert.Throws<InvalidSettingException>(() => Open(DataKind.Scenes)).Message);

    [Fact]
    public void Open_AFolderThatLoopsIntoItself_IsToldAsOneThatCannotBeRead()
    {
        File.CreateSymbolicLink(_folder["data_info.json"], _folder["data_info.json"]);
        var error = Assert.Throws<InvalidSettingException>(() => Open(DataKind.DataInfo));
        Assert.Equal(("data.folder", _folder.Path), (error.Field, error.Value));
        Assert.StartsWith("a folder that can be read (", error.Expected, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    void Shard(string name, params (string Name, byte[] Content)[] members)
    {
        using var tar = new TarWriter(File.Create(_folder[name]), TarEntryFormat.Pax);
        foreach (var (member, content) in members)
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, member) { DataStream = new MemoryStream(content) });
    }

    static byte[] Png(int side) => PictureFolder.Picture(side, side).Encode(ImageFormat.Png);

    static byte[] Jpeg(int side) => PictureFolder.Picture(side, side).Encode(ImageFormat.Jpeg);

    static byte[] Webp(int side) => PictureFolder.Picture(side, side).Encode(ImageFormat.Webp);

    static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
