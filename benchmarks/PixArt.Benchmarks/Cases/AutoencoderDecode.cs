using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Benchmarks.Cases;

/// <summary>Decoding one picture with Stable Diffusion's autoencoder, random weights, not tiled.</summary>
/// <param name="pixels">Height and width of the picture.</param>
internal sealed class AutoencoderDecode(int pixels) : IBenchmark
{
    public string Name => $"vae-decode-{pixels}";

    public BenchmarkResult Run()
    {
        var config = new AutoencoderKLConfig();
        using var noGrad = GradMode.Disable();
        using var generator = new Generator(0);
        using var model = new AutoencoderKL(config, Target.Parameters(generator));
        using var scope = TensorScope.Begin();
        Tensor latents = Target.Randn([1, 4, pixels / 8, pixels / 8], generator);
        return Measure.Case(Name, DecodeWork(config, pixels), () => model.Decode(latents).Dispose(), minSeconds: 1);
    }

    private static double DecodeWork(AutoencoderKLConfig config, long pixels)
    {
        IReadOnlyList<int> widths = config.BlockOutChannels;
        double work = 0;
        long side = pixels / config.DownsampleFactor;
        double Conv(long at, double from, double to, int kernel = 3) => (double)at * at * from * to * kernel * kernel;
        double width = widths[^1];
        work += Conv(side, config.LatentChannels, config.LatentChannels, 1) + Conv(side, config.LatentChannels, width);
        work += 4 * Conv(side, width, width); // two residual blocks in the middle
        double tokens = (double)side * side;
        work += (4 * tokens * width * width) + (2 * tokens * tokens * width);
        for (int level = widths.Count - 1; level >= 0; level--)
        {
            for (int layer = 0; layer <= config.LayersPerBlock; layer++)
            {
                double to = widths[level];
                work += Conv(side, width, to) + Conv(side, to, to) + (width == to ? 0 : Conv(side, width, to, 1));
                width = to;
            }

            if (level == 0) break;
            side *= 2;
            work += Conv(side, width, width);
        }

        return 2 * (work + Conv(side, width, config.OutChannels));
    }
}
