using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;

namespace PixArt.Benchmarks.Cases;

/// <summary>JPEGs a second, of all processors and of one, from their files to rows of a batch at 512 pixels: reading, decoding, scaling where they are
/// larger, the tensor. No model.</summary>
/// <param name="side">Side of the pictures in pixels.</param>
internal sealed class DataLoading(int side) : IBenchmark
{
    private const int Pictures = 64;
    private const int Target = 512;

    public string Name => $"data-jpeg-{side}";

    public BenchmarkResult Run()
    {
        string folder = Directory.CreateTempSubdirectory("pixart-bench-").FullName;
        try
        {
            for (int i = 0; i < Pictures; i++) Picture(i).Save(Path.Combine(folder, $"{i}.jpg"), quality: 90);
            using var data = new PictureData(new DataRecipe { Kind = DataKind.Folder, Folder = folder, Size = Target });
            double coreSeconds = double.MaxValue;
            double seconds = Measure.BestSeconds(() =>
            {
                TimeSpan before = Environment.CpuUsage.TotalTime;
                using var scope = TensorScope.Begin();
                var batch = new Image[Pictures];
                Parallel.For(0, Pictures, i => batch[i] = data.Get(i));
                for (int first = 0; first < Pictures; first += 16) ImageTensors.ToTensor(batch.AsSpan(first, 16).ToArray()).Dispose();
                coreSeconds = Math.Min(coreSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
            }, minRuns: 5);
            return new BenchmarkResult(Name, seconds / Pictures, 0, 1, Measure.PeakBytes(), coreSeconds / Pictures);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // As much detail as a photograph: waves of all lengths, and grain.
    private Image Picture(int number)
    {
        var random = new Random(number);
        Image image = Image.Filled(side, side, new(0, 0, 0));
        double[] waves = [.. Enumerable.Range(0, 12).Select(_ => Math.Exp(random.NextDouble() * 5) / side)];
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                for (int c = 0; c < 3; c++)
                {
                    double value = 128 + random.Next(-12, 13);
                    for (int w = c; w < waves.Length; w += 3) value += 25 * Math.Sin((waves[w] * x) + (waves[^(w + 1)] * y) + w);
                    image.Pixels[(((y * side) + x) * 3) + c] = (byte)Math.Clamp(value, 0, 255);
                }
            }
        }

        return image;
    }
}
