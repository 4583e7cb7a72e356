using System.Globalization;
using PixArt.Imaging;
using PixArt.TestKit;
using PixArt.Torch;

namespace PixArt.Tests.Imaging;

public class ImageTensorsTests
{
    [Fact]
    public void ResizeAndCrop_equals_the_reference() => ForEachGolden("text/", golden =>
    {
        if (!golden.Json.TryGetProperty("resize_cases", out var cases)) return 0;
        for (var i = 0; i < cases.GetArrayLength(); i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"resize/{i}");
            using var input = Load(golden, name + "/in");
            using var output = ImageTensors.ResizeAndCrop(
                input, cases[i].GetProperty("new_width").GetInt32(), cases[i].GetProperty("new_height").GetInt32());
            Assert.Equal(golden.Shape(name + "/out"), output.Shape);
            Close.Assert(golden.Doubles(name + "/out"), Doubles(output), 1e-5, $"{golden.Name}/{name}");
        }

        return cases.GetArrayLength();
    });

    [Fact]
    public void FromTensor_equals_the_reference_to_the_byte() => ForEachGolden("text/", golden =>
    {
        if (!golden.Has("postprocess/in")) return 0;
        using var input = Load(golden, "postprocess/in");
        Close.Equal(
            [.. golden.Doubles("postprocess/out_pil_uint8").Select(v => (long)v)],
            [.. ImageTensors.FromTensor(input).SelectMany(image => image.Pixels).Select(v => (long)v)],
            golden.Name + "/postprocess");
        return 1;
    });

    // Decoded pictures as numbers (0 to 1) and as bytes: the second follow from the first.
    [Fact]
    public void FromTensor_rounds_pipeline_pictures_as_the_reference() => ForEachGolden("pipelines/", golden =>
    {
        var names = golden.TensorNames.Where(n => n.EndsWith("/out/image_uint8", StringComparison.Ordinal)).ToArray();
        foreach (var name in names)
        {
            var expected = golden.Doubles(name);
            using var channelsLast = Load(golden, name[..^"uint8".Length] + "np");
            using var batch = ChannelsFirst(channelsLast);
            var actual = ImageTensors.FromTensor(batch).SelectMany(image => image.Pixels).ToArray();

            // Going back to [-1, 1] rounds anew, so a value on the edge between two bytes may fall to the other side.
            Assert.All(actual.Zip(expected), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1));
            Assert.InRange(actual.Zip(expected).Count(pair => pair.First != pair.Second), 0, expected.Length / 1000);
            Close.Assert(expected, [.. actual.Select(v => (double)v)], 1e-3, $"{golden.Name}/{name}");
        }

        return names.Length;
    });

    [Fact]
    public void FromTensor_rounds_half_to_even_clamps_and_turns_nan_black()
    {
        using var leak = new LeakCheck();
        float[] red = [-5, -1, 0, 1, 5, float.NaN];
        using var batch = Tensor.FromArray([.. red, .. new float[12]], 1, 3, 1, 6);
        var image = Assert.Single(ImageTensors.FromTensor(batch));
        Assert.Equal((6, 1), (image.Width, image.Height));

        // 0 is 127.5: to the even 128.
        Assert.Equal([0, 0, 128, 255, 255, 0], Enumerable.Range(0, 6).Select(x => image.At(x, 0)[0]));
        Assert.All(Enumerable.Range(0, 6), x => Assert.Equal([128, 128], image.At(x, 0)[1..]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ToTensor_and_back_keeps_every_sample_in_every_precision_that_can(int count)
    {
        using var leak = new LeakCheck();
        var images = Enumerable.Range(1, count).Select(i => new Image(
            16, 16, 3, [.. Enumerable.Range(0, 768).Select(v => (byte)(v * i))])).ToArray();
        using var batch = ImageTensors.ToTensor(images);
        Assert.Equal([count, 3, 16, 16], batch.Shape);
        using var half = batch.To(ScalarType.Float16);
        foreach (var tensor in (Tensor[])[batch, half])
            Assert.Equal(images.Select(i => i.Pixels), ImageTensors.FromTensor(tensor).Select(i => i.Pixels));
        var values = batch.ToArray<float>();
        Assert.Equal([-1f, 2 * (1 / 255f) - 1], (float[])[values[0], values[256]]);
    }

    [Fact]
    public void ToTensor_of_alpha_and_grey_gives_rgb()
    {
        using var leak = new LeakCheck();
        using var clear = ImageTensors.ToTensor(new Image(1, 1, 4, [9, 9, 9, 0]));
        Assert.Equal([1f, 1f, 1f], clear.ToArray<float>());
        using var grey = ImageTensors.ToTensor(new Image(1, 1, 1, [0]));
        Assert.Equal([-1f, -1f, -1f], grey.ToArray<float>());
    }

    [Fact]
    public void Shapes_that_are_no_pictures_are_refused_and_nothing_leaks()
    {
        using var leak = new LeakCheck();
        using var four = Tensor.Zeros([1, 4, 2, 2]);
        using var flat = Tensor.Zeros([3, 2, 2]);
        string Message(Action action) => Assert.Throws<InvalidSettingException>(action).Message;
        Assert.Equal("picture tensor is '[1, 4, 2, 2]', expected [B, 3, H, W]", Message(() => ImageTensors.FromTensor(four)));
        Assert.Equal("picture tensor is '[3, 2, 2]', expected [B, 3, H, W]", Message(() => ImageTensors.FromTensor(flat)));
        using var empty = Tensor.Zeros([1, 3, 0, 2]);
        Assert.Equal("picture tensor is '[1, 3, 0, 2]', expected [B, 3, H, W]", Message(() => ImageTensors.FromTensor(empty)));
        Assert.Equal("picture tensor is '[3, 2, 2]', expected [B, C, H, W]", Message(() => ImageTensors.ResizeAndCrop(flat, 2, 2)));
        Assert.Equal("width is 0, expected at least 1", Message(() => ImageTensors.ResizeAndCrop(four, 0, 2)));
        Assert.Equal("height is 0, expected at least 1", Message(() => ImageTensors.ResizeAndCrop(four, 2, 0)));
        Assert.Equal("pictures of a batch is 0, expected at least 1", Message(() => ImageTensors.ToTensor([])));
        Assert.Equal("picture 1 is '2×3', expected 2×2 like the first", Message(() => ImageTensors.ToTensor([Pictures.Gradient(2, 2, 3), Pictures.Gradient(2, 3, 3)])));
    }

    // Every size from a bin must come out exact, also where the ratio rounds below the size.
    [Fact]
    public void ResizeAndCrop_always_gives_the_size_asked_for()
    {
        using var leak = new LeakCheck();
        using var batch = Tensor.Zeros([1, 1, 49, 23]);
        for (var size = 1; size < 120; size += 7)
        {
            for (var other = 1; other < 120; other += 11)
            {
                using var result = ImageTensors.ResizeAndCrop(batch, size, other);
                Assert.Equal([1, 1, other, size], result.Shape);
            }
        }
    }

    static void ForEachGolden(string prefix, Func<Golden, int> check)
    {
        using var leak = new LeakCheck();
        var checkedCases = 0;
        foreach (var entry in GoldenSet.Open().Under(prefix))
        {
            using var golden = GoldenSet.Open().Load(entry.Name);
            checkedCases += check(golden);
        }

        if (checkedCases == 0) Assert.Skip($"no cases under {prefix}");
    }

    static Tensor ChannelsFirst(Tensor pictures)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(pictures.Permute(0, 3, 1, 2) * 2 - 1);
    }

    static Tensor Load(Golden golden, string name) =>
        Tensor.FromArray([.. golden.Doubles(name).Select(v => (float)v)], golden.Shape(name));

    static double[] Doubles(Tensor tensor) => [.. tensor.ToArray<float>().Select(v => (double)v)];
}
