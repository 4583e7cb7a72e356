using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Benchmarks.Cases;

/// <summary>A forward pass of PixArt-XL/2 with random weights: batch 2 (guidance), 120 text tokens.</summary>
/// <param name="latentSide">Latent height and width: 32, 64 or 128 for 256, 512 or 1024 pixels.</param>
internal sealed class TransformerForward(int latentSide) : IBenchmark
{
    private const int CaptionTokens = 120;

    public string Name => $"xl2-forward-{latentSide}";

    public BenchmarkResult Run()
    {
        var config = new PixArtTransformerConfig { SampleSize = latentSide, UseAdditionalConditions = false };
        using var noGrad = GradMode.Disable();
        using var generator = new Generator(0);
        using var model = new PixArtTransformer(config, Target.Parameters(generator));
        using var scope = TensorScope.Begin();
        Tensor latents = Target.Randn([2, 4, latentSide, latentSide], generator), timestep = Tensor.Full([2], 500, device: Target.Device);
        Tensor captions = Target.Randn([2, CaptionTokens, 4096], generator), mask = Tensor.Ones([2, CaptionTokens]);
        double work = TransformerWork.Forward(config, 2, latentSide, CaptionTokens);
        return Measure.Case(Name, work, () => model.Forward(latents, timestep, captions, mask).Dispose());
    }
}
