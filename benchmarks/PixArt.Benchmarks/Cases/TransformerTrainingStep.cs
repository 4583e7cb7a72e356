using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Benchmarks.Cases;

/// <summary>Forward and backward of PixArt-XL/2 with random fp32 weights: batch 2, 120 text tokens, epsilon loss.</summary>
/// <param name="latentSide">Latent height and width.</param>
internal sealed class TransformerTrainingStep(int latentSide) : IBenchmark
{
    private const int CaptionTokens = 120;

    public string Name => $"xl2-training-{latentSide}";

    public BenchmarkResult Run()
    {
        var config = new PixArtTransformerConfig { SampleSize = latentSide, UseAdditionalConditions = false };
        using var generator = new Generator(0);
        using var model = new PixArtTransformer(config, Target.Parameters(generator, training: true));
        model.Parameters.RequireGrad(true);
        using var scope = TensorScope.Begin();
        Tensor latents = Target.Randn([2, 4, latentSide, latentSide], generator, training: true), timestep = Tensor.Full([2], 500, device: Target.Device);
        Tensor captions = Target.Randn([2, CaptionTokens, 4096], generator, training: true), mask = Tensor.Ones([2, CaptionTokens]);

        // Backward is two products for each of the forward's.
        double work = 3 * TransformerWork.Forward(config, 2, latentSide, CaptionTokens);
        return Measure.Case(Name, work, () =>
        {
            using var step = TensorScope.Begin();
            using var cast = Target.Cast();
            model.Forward(latents, timestep, captions, mask).Narrow(1, 0, 4).Square().Mean().Backward();
            foreach (Tensor parameter in model.Parameters.Tensors) parameter.Grad = null;
        });
    }
}
