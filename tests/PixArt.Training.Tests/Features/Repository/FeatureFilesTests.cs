using System.Text;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Features.Repository;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Tests.Features.Repository;

/// <summary>What files of features are refused with: each is named.</summary>
public sealed class FeatureFilesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    void Refused(string message, Action<string> read)
    {
        var path = _folder["a"];
        Assert.Equal($"{path}: {message}", Assert.ThrowsAny<PixArtException>(() => read(path)).Message);
    }

    void Write(params (string Name, NumpyArray Array)[] arrays) => NumpyArchive.Write(_folder["a"], arrays.Select(a => KeyValuePair.Create(a.Name, a.Array)));

    static NumpyArray Floats(params long[] shape) => NumpyArray.From<float>(new float[shape.Aggregate(1L, (a, b) => a * b)], shape);

    [Fact]
    public void Latents_that_are_none_are_told()
    {
        Refused("there is no such file", path => FeatureFiles.LatentShape(path));
        NumpyFile.Write(_folder["a"], Floats(3, 2, 2));
        Refused("holds F32 [3, 2, 2], expected floats of [2C, height, width]", path => FeatureFiles.LatentShape(path));
        NumpyFile.Write(_folder["a"], NumpyArray.From<long>(new long[8], 2, 2, 2));
        Refused("holds I64 [2, 2, 2], expected floats of [2C, height, width]", path => FeatureFiles.LatentShape(path));
        NumpyFile.Write(_folder["a"], Floats(8, 2, 2));
        using (var file = File.OpenWrite(_folder["a"])) file.SetLength(file.Length - 4);
        Refused("has 252 bytes, which do not hold F32 [8, 2, 2]", path => FeatureFiles.LatentShape(path));
        const string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 2, 2)}";
        File.WriteAllBytes(_folder["a"], Encoding.Latin1.GetBytes($"\u0093NUMPY\u0001\0{(char)header.Length}\0{header}"));
        Refused("has 88 bytes, which do not hold F32 [4611686018427387904, 2, 2]", path => FeatureFiles.LatentShape(path));
    }

    [Fact]
    public void Edges_that_are_none_are_told()
    {
        Write(("other", Floats(2, 2, 2)));
        Refused("holds no 'arr_0'", path => FeatureFiles.ReadEdges(path));
        Write(("arr_0", Floats(2, 2)));
        Refused("holds [2, 2], expected [2C, height, width]", path => FeatureFiles.ReadEdges(path));
    }

    [Fact]
    public void Edges_of_another_size_than_the_pictures_are_told()
    {
        PixArt.Imaging.Image.Filled(8, 8, PixArt.Imaging.Rgb.White).Save(_folder["data/1.png"]);
        using var set = PictureSets.Open(new() { Kind = DataKind.Folder, Folder = _folder["data"] });
        var paths = new FeaturePaths(FeatureLayout.AlphaEdges, _folder["root"], 256);
        NumpyFile.Write(paths.Latents("1.png"), Floats(8, 2, 2));
        NumpyArchive.Write(paths.Edges("1.png"), [KeyValuePair.Create(FeatureFiles.EdgesName, Floats(8, 4, 2))]);
        var error = Assert.Throws<InvalidSettingException>(() => new FeatureSamples(set, paths, withText: false, withEdges: true));
        Assert.Equal(("features.root", _folder["root"]), (error.Field, error.Value));
        Assert.Equal($"a folder with features of the data; 1 without whole features, left out ({paths.Edges("1.png")}: holds [8, 4, 2], expected the picture's [8, 2, 2])", error.Expected);
    }

    [Fact]
    public void Texts_that_are_none_are_told()
    {
        Write(("caption_feature", Floats(1, 3, 4)));
        Refused("holds no 'attention_mask'", path => FeatureFiles.CheckText(path));
        Write(("caption_feature", Floats(1, 3, 4)), ("attention_mask", Floats(1, 2)));
        Refused("features [1, 3, 4] and mask [1, 2], expected [1, L, C] and [1, L]", path => FeatureFiles.ReadText(path));
        Write(("caption_feature", NumpyArray.From<uint>(new uint[12], 1, 3, 4)), ("attention_mask", Floats(1, 3)));
        Refused("an array of U32 holds no features, expected floats or integers", path => FeatureFiles.ReadText(path));
    }
}
