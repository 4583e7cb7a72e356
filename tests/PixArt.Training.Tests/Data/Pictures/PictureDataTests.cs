using PixArt.Training.Data;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Data.Pictures;

public sealed class PictureDataTests : IDisposable
{
    readonly PictureFolder _folder = new();

    DataRecipe Recipe(int size = 16) => new() { Kind = DataKind.Folder, Folder = _folder.Path, Size = size };

    [Fact]
    public void Get_AnyShape_IsASquareOfTheSizeInOrderOfNames()
    {
        _folder.Add("b.png", 40, 20, "  a grey square").Add("a/c.png", 10, 30, grey: 100).Write("notes.md", "not an image");
        using var data = new PictureData(Recipe());
        Assert.Equal(2, data.Count);
        Assert.All([data.Get(0), data.Get(1)], image => Assert.Equal((16, 16, 3), (image.Width, image.Height, image.Channels)));
        Assert.Equal((100, 200), (data.Get(0).Pixels[^1], data.Get(1).Pixels[^1]));
        Assert.Equal(("", "a grey square"), (data.Caption(0, 0), data.Caption(1, 5)));
        Assert.Equal(["a/c.png"], data.Report.WithoutCaption);
    }

    [Fact]
    public void Groups_WithBuckets_AreTheNearestSizes()
    {
        _folder.Add("wide.png", 400, 100).Add("square.png", 90, 90).Add("wide2.png", 800, 200).Add("tall.png", 100, 300).Add("square2.png", 300, 301);
        using var data = new PictureData(Recipe() with { Buckets = 256 });
        Assert.Equal([(2, 128, 512), (2, 256, 256), (1, 432, 144)], data.Groups.Select(g => ((int)g.Count, g.Height, g.Width)));
        foreach (var group in data.Groups)
            for (var i = 0L; i < group.Count; i++) Assert.Equal((group.Width, group.Height), (data.Get(group[i]).Width, data.Get(group[i]).Height));
        Assert.Equal(new PictureShape(432, 144, 300, 100, 3.0), data.Shape(4));
        Assert.Equal(3, data.Report.Enlarged);
    }

    [Fact]
    public void Constructor_SmallTallAndRarePictures_AreLeftOutAndNamed()
    {
        _folder.Add("tiny.png", 20, 90).Add("tall.png", 50, 300).Add("rare.png", 400, 100).Add("a.png", 50, 50).Add("b.png", 60, 60);
        using var data = new PictureData(Recipe() with { Buckets = 256, SmallestSide = 30, LargestRatio = 4.5, SmallestBucket = 2 });
        Assert.Equal((2, 1, 1), (data.Report.Used, data.Report.Tall, data.Report.Rare));
        Assert.Equal(["tiny.png"], data.Report.TooSmall);
        Assert.Contains("1 too small and left out (tiny.png)", data.Report.Lines(), StringComparer.Ordinal);
    }

    [Fact]
    public void Constructor_BrokenHeaders_AreCountedNamedAndLeftOut()
    {
        _folder.Add("a.png").Write("broken.jpg", "no picture").Write("empty.png", "");
        using var data = new PictureData(Recipe());
        Assert.Equal(1, data.Count);
        Assert.Equal(2, data.Report.Broken.Count);
        Assert.Contains(data.Report.Lines(), line => line.Contains("2 cannot be read", StringComparison.Ordinal) && line.Contains("broken.jpg", StringComparison.Ordinal));
        Assert.Contains("\"broken\"", data.Report.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Get_BrokenPixels_GivesTheNextOfItsSizeTellsOnceAndTheCaptionFollows()
    {
        _folder.Add("a.png", caption: "first").AddCut("b.jpg").AddCut("c.jpg").Add("d.png", caption: "last", grey: 100);
        var told = new List<string>();
        using var data = new PictureData(Recipe(), told.Add);
        Assert.Equal(4, data.Count);
        Assert.Equal(data.Get(3).Pixels, data.Get(1).Pixels);
        Assert.Equal((3, "last"), (data.SourceOf(1), data.Caption(1, 0)));
        data.Get(1);
        data.Get(2);
        Assert.Equal(["b.jpg", "c.jpg"], told.Select(line => line.Split(": ")[1]), StringComparer.Ordinal);
        // The last one's successor is the first: the same in every run.
        using var again = new PictureData(Recipe());
        Assert.Equal(again.Get(2).Pixels, data.Get(2).Pixels);
    }

    [Fact]
    public void Get_NothingReadable_SaysSoInsteadOfSearchingForever()
    {
        for (var i = 0; i < 3; i++) _folder.AddCut($"{i}.jpg");
        using var data = new PictureData(Recipe());
        for (var i = 0; i < 2; i++) Assert.Matches("^[0-9]+ pictures in a row cannot be read, the last one: ", Assert.Throws<PixArtException>(() => data.Get(1)).Message);
        Assert.Equal("", data.Caption(1, 0));
    }

    [Fact]
    public void Get_FlipAndRandomCrop_DifferByVisitAndRepeatExactly()
    {
        _folder.Add("a.png", 70, 40).Add("b.png", 70, 40);
        using var data = new PictureData(Recipe(40) with { Flip = true, Crop = CropRule.Random });
        var visits = Enumerable.Range(0, 12).Select(visit => data.Get(0, visit).Pixels).ToArray();
        Assert.True(visits.Select(Convert.ToHexString).Distinct(StringComparer.Ordinal).Count() > 4);
        using var again = new PictureData(Recipe(40) with { Flip = true, Crop = CropRule.Random });
        Assert.Equal(visits, Enumerable.Range(0, 12).Select(visit => again.Get(0, visit).Pixels));
        Assert.False(data.IsFixed);
    }

    [Fact]
    public void Get_Flip_MirrorsAboutHalf()
    {
        _folder.Add("a.png", 40, 40);
        using var data = new PictureData(Recipe(40) with { Flip = true });
        Assert.InRange(Enumerable.Range(0, 100).Count(visit => data.Get(0, visit).Pixels[0] == 200), 30, 70);
    }

    [Fact]
    public void Fingerprint_OtherFilesSizeOrCrop_Differs()
    {
        _folder.Add("b.png");
        string Of(DataRecipe recipe)
        {
            using var data = new PictureData(recipe);
            return data.Fingerprint;
        }

        var before = Of(Recipe());
        Assert.Equal(before, Of(Recipe()));
        var others = new List<string> { before, Of(Recipe(32)), Of(Recipe() with { Crop = CropRule.Stretch }), Of(Recipe() with { Buckets = 256 }) };
        _folder.Add("c.png");
        others.Add(Of(Recipe()));
        Assert.Equal(5, others.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Groups_OfSetsWithRepeatsOrWeights_HaveTheirRates()
    {
        for (var i = 0; i < 6; i++) _folder.Add($"a/{i}.png");
        for (var i = 0; i < 2; i++) _folder.Add($"b/{i}.png");
        DataRecipe Sets(double? weightA, double? weightB, double repeats) => new()
        {
            Kind = DataKind.Sets,
            Size = 16,
            Sets =
            [
                new() { Folder = _folder["a"], Weight = weightA }, new() { Folder = _folder["b"], Weight = weightB, Repeats = repeats },
            ],
        };
        using var repeated = new PictureData(Sets(null, null, 3));
        Assert.Equal([1.0, 3], repeated.Groups.Select(g => g.Rate));
        using var weighted = new PictureData(Sets(1, 3, 1));
        Assert.Equal([6 * weighted.Groups[0].Rate, 2 * weighted.Groups[1].Rate], [2.0, 6.0]);
    }

    [Fact]
    public void Count_OfRecipe_ChoosesThatManyBySeed()
    {
        for (var i = 0; i < 20; i++) _folder.Add($"{i}.png", grey: (byte)(10 * i));
        int[] Chosen(ulong seed)
        {
            using var data = new PictureData(Recipe() with { Count = 5, Seed = seed });
            return [.. Enumerable.Range(0, (int)data.Count).Select(i => data.Get(i).Pixels[^1] / 10)];
        }

        Assert.Equal(5, Chosen(1).Distinct().Count());
        Assert.Equal(Chosen(1), Chosen(1));
        Assert.NotEqual(Chosen(1), Chosen(2));
    }

    [Fact]
    public void Constructor_NoImages_NamesTheFolder() =>
        Assert.Contains(_folder.Path, Assert.Throws<InvalidSettingException>(() => new PictureData(Recipe())).Message);

    [Fact]
    public void Constructor_NoUsableImage_TellsWhatIsWrongWithThem()
    {
        _folder.Write("a.png", "no picture");
        var error = Assert.Throws<InvalidSettingException>(() => new PictureData(Recipe()));
        Assert.Equal(("data.folder", _folder.Path), (error.Field, error.Value));
        Assert.Matches("^at least one usable picture; .*a.png", error.Expected);
    }

    public void Dispose() => _folder.Dispose();
}
