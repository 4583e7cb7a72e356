using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>Where a batch begins: noise of its seeds, latents that the caller brings, or a picture under noise; and what is kept of that picture.</summary>
sealed class BatchStart : IDisposable
{
    readonly List<Tensor> _owned = [];

    BatchStart() { }

    /// <summary>Latents at the noise level of the first step, on the device, in single precision.</summary>
    public Tensor Latents { get; private set; } = null!;

    /// <summary>The part of the picture that stays; null: none.</summary>
    public KeptLatents? Kept { get; private set; }

    /// <summary>Draws what is needed.</summary>
    /// <param name="plan">What is made.</param>
    /// <param name="batch">The pictures of the batch.</param>
    /// <param name="noise">Their streams.</param>
    /// <param name="device">Where latents are sampled.</param>
    /// <param name="picture">What the plan starts from; null: noise. Stays the caller's and must outlive the batch.</param>
    public static BatchStart Of(GenerationPlan plan, PictureToMake[] batch, INoiseSource noise, Device device, EncodedPicture? picture)
    {
        var start = new BatchStart();
        using var scope = TensorScope.Begin();
        long[] shape = [batch.Length, .. plan.LatentShape];
        if (plan.Request.Latents is { } given)
            start.Latents = start.Own(Given(plan, given.Narrow(0, batch[0].Index, batch.Length).To(device, ScalarType.Float32), noise, shape));
        else if (picture is null)
            start.Latents = start.Own(noise.Draw(shape, ScalarType.Float32, device) * plan.Sampler.InitNoiseSigma);
        else
            start.From(picture, plan, noise, shape, device);
        return start;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in _owned) tensor.Dispose();
    }

    void From(EncodedPicture picture, GenerationPlan plan, INoiseSource noise, long[] shape, Device device)
    {
        // Published pipelines draw the picture's latents first, then the noise.
        var original = Own(picture.Sample(noise.Draw(shape, ScalarType.Float32, device)));
        var added = Own(noise.Draw(shape, ScalarType.Float32, device));
        Latents = Own(plan.Strength < 1
            ? plan.Sampler.AddNoise(original, added, plan.Steps.Start)
            : added * plan.Sampler.InitNoiseSigma);
        if (picture.Mask is { } mask) Kept = new(plan.Sampler, original, added, mask);
    }

    static Tensor Given(GenerationPlan plan, Tensor mine, INoiseSource noise, long[] shape)
    {
        if (plan.Request.DenoisingStart is null) return mine * plan.Sampler.InitNoiseSigma;
        // What the run before drew is drawn again and dropped, so that stochastic samplers go on with fresh noise.
        for (var draws = 0; draws <= plan.Steps.Start; draws++) noise.Draw(shape, ScalarType.Float32, mine.Device).Dispose();
        return mine.Clone();
    }

    Tensor Own(Tensor tensor)
    {
        _owned.Add(TensorScope.Release(tensor));
        return tensor;
    }
}
