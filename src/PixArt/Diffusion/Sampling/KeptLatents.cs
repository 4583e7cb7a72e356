using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// Keeps a part of a picture while the rest is sampled, as inpainting without a model of its own does: after every step the kept part is put
/// back, noised with one fixed noise to the level of the next step, or clean after the last.
/// </summary>
/// <param name="sampler">Whose steps these are.</param>
/// <param name="original">The picture's clean latents [B, C, H, W]; stays the caller's.</param>
/// <param name="noise">Standard normal noise of that shape; stays the caller's.</param>
/// <param name="mask">1 where latents are made, 0 where they are kept, broadcast to that shape; stays the caller's.</param>
sealed class KeptLatents(ISampler sampler, Tensor original, Tensor noise, Tensor mask)
{
    /// <summary>The latents after a step, with the kept part put back.</summary>
    public Tensor Restore(SamplingMoment moment)
    {
        using var scope = TensorScope.Begin();
        var known = moment.NextTimestep is null ? original : sampler.AddNoise(original, noise, moment.Index + 1);
        return scope.Keep(((1 - mask) * known).AddInPlace(mask * moment.Latents));
    }
}
