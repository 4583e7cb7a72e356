using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Tests.Models;

public sealed class HedNetworkTests
{
    static readonly (int Width, int Layers)[] s_stages = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

    [Fact]
    public void Parameters_AreThoseOfTheReleasedFile()
    {
        using var leak = new LeakCheck();
        using var model = new HedNetwork(new ParameterStore());
        List<string> expected = ["norm"];
        for (var i = 0; i < s_stages.Length; i++)
        {
            for (var layer = 0; layer < s_stages[i].Layers; layer++)
                expected.AddRange([$"block{i + 1}.convs.{layer}.weight", $"block{i + 1}.convs.{layer}.bias"]);
            expected.AddRange([$"block{i + 1}.projection.weight", $"block{i + 1}.projection.bias"]);
        }

        Assert.Equal(expected, model.Parameters.Names);
        Assert.Equal(14_716_168, model.Parameters.Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size)));
    }

    [Fact]
    public void Edges_FollowThePublishedArithmetic()
    {
        using var leak = new LeakCheck();
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var model = new HedNetwork(SmallModels.Store());
        // Sizes that no stage halves evenly.
        const int height = 19, width = 22;
        var image = SmallModels.Noise(2, 1, 3, height, width).Clamp(-1, 1);
        var p = model.Parameters;
        p["norm"].FillInPlace(100);
        // Scaled down so that the sigmoid is not saturated.
        foreach (var name in p.Names.Where(name => name.EndsWith(".weight", StringComparison.Ordinal)))
            p[name].MulInPlace(name.Contains("convs", StringComparison.Ordinal) ? 0.25 : 0.05);

        var guesses = new double[height * width];
        var map = Close.Doubles((image + 1) * 127.5 - 100);
        var (channels, rows, columns) = (3, height, width);
        for (var i = 0; i < s_stages.Length; i++)
        {
            if (i > 0) (map, rows, columns) = Halve(map, channels, rows, columns);
            for (var layer = 0; layer < s_stages[i].Layers; layer++)
            {
                map = Convolve(map, channels, rows, columns, p[$"block{i + 1}.convs.{layer}.weight"], p[$"block{i + 1}.convs.{layer}.bias"]);
                channels = s_stages[i].Width;
            }

            AddGuess(guesses, map, channels, rows, columns, p[$"block{i + 1}.projection.weight"], p[$"block{i + 1}.projection.bias"]);
        }

        var expected = Array.ConvertAll(guesses, guess => 1 / (1 + Math.Exp(-guess / 5)));
        Assert.Contains(expected, value => value is > 0.01 and < 0.99);
        var edges = model.Edges(image);
        Assert.Equal([1, 1, height, width], edges.Shape);
        Close.Assert(expected, Close.Doubles(edges), 1e-5, "edges");

        void AddGuess(double[] sum, double[] features, int depth, int h, int w, Tensor weight, Tensor bias)
        {
            var (factors, offset) = (Close.Doubles(weight), Close.Doubles(bias)[0]);
            double At(int y, int x) => Enumerable.Range(0, depth).Sum(c => features[(c * h + y) * w + x] * factors[c]) + offset;
            var guess = new double[h * w];
            for (var k = 0; k < guess.Length; k++) guess[k] = At(k / w, k % w);
            for (var y = 0; y < height; y++)
                for (var x = 0; x < width; x++) sum[y * width + x] += Bilinear(guess, h, w, (y + 0.5) * h / height - 0.5, (x + 0.5) * w / width - 0.5);
        }
    }

    [Fact]
    public void Edges_OfATooSmallPicture_AreRefused()
    {
        using var model = new HedNetwork(new ParameterStore());
        using var small = Tensor.Zeros([1, 3, 8, 40]);
        Assert.Contains("16 pixels", Assert.Throws<InvalidSettingException>(() => model.Edges(small)).Message, StringComparison.Ordinal);
    }

    static double Bilinear(double[] map, int h, int w, double y, double x)
    {
        (y, x) = (Math.Max(0, y), Math.Max(0, x));
        var (top, left) = ((int)y, (int)x);
        var (bottom, right) = (Math.Min(top + 1, h - 1), Math.Min(left + 1, w - 1));
        var (down, across) = (y - top, x - left);
        return (map[top * w + left] * (1 - across) + map[top * w + right] * across) * (1 - down)
            + (map[bottom * w + left] * (1 - across) + map[bottom * w + right] * across) * down;
    }

    static (double[] Map, int Rows, int Columns) Halve(double[] map, int channels, int rows, int columns)
    {
        var (h, w) = (rows / 2, columns / 2);
        var halved = new double[channels * h * w];
        for (var c = 0; c < channels; c++)
            for (var y = 0; y < h; y++)
                for (var x = 0; x < w; x++)
                {
                    var at = (c * rows + 2 * y) * columns + 2 * x;
                    halved[(c * h + y) * w + x] = Math.Max(Math.Max(map[at], map[at + 1]), Math.Max(map[at + columns], map[at + columns + 1]));
                }

        return (halved, h, w);
    }

    static double[] Convolve(double[] map, int channels, int rows, int columns, Tensor weight, Tensor bias)
    {
        var (kernels, offsets) = (Close.Doubles(weight), Close.Doubles(bias));
        var result = new double[offsets.Length * rows * columns];
        Parallel.For(0, offsets.Length, o =>
        {
            for (var y = 0; y < rows; y++)
                for (var x = 0; x < columns; x++)
                {
                    var sum = offsets[o];
                    for (var dy = Math.Max(0, y - 1); dy <= Math.Min(rows - 1, y + 1); dy++)
                        for (var dx = Math.Max(0, x - 1); dx <= Math.Min(columns - 1, x + 1); dx++)
                            for (var c = 0; c < channels; c++)
                                sum += map[(c * rows + dy) * columns + dx] * kernels[((o * channels + c) * 3 + dy - y + 1) * 3 + dx - x + 1];
                    result[(o * rows + y) * columns + x] = Math.Max(0, sum);
                }
        });
        return result;
    }
}
