using PixArt.Imaging;
using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>The picture that a plan starts from, as the autoencoder sees it, and the part of it that is made anew.</summary>
sealed class EncodedPicture : IDisposable
{
    readonly AutoencoderKL _autoencoder;
    readonly Tensor _mean;
    readonly Tensor _deviation;

    EncodedPicture(AutoencoderKL autoencoder, Tensor mean, Tensor deviation, Tensor? mask)
    {
        (_autoencoder, _mean, _deviation, Mask) = (autoencoder, TensorScope.Release(mean), TensorScope.Release(deviation), mask);
        if (mask is not null) TensorScope.Release(mask);
    }

    /// <summary>1 where latents are made, 0 where they are kept [1, 1, h, w]; null: all are made.</summary>
    public Tensor? Mask { get; }

    /// <summary>Encodes.</summary>
    /// <param name="autoencoder">Stays its owner's; the result needs no more than its configuration.</param>
    /// <param name="plan">What is made; it has a picture.</param>
    /// <param name="device">Where latents are sampled.</param>
    public static EncodedPicture Of(AutoencoderKL autoencoder, GenerationPlan plan, Device device)
    {
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var (picture, mask) = plan.Request.Reference is { } reference
            ? StartPictures.BesideReference(reference.Image, plan.Sizes)
            : StartPictures.Fitted(plan.Request.Image!.Image, plan.Request.Mask?.Image, plan.Sizes.Sampled);
        var moments = autoencoder.Encode(ImageTensors.ToTensor(picture, device));
        return new(
            autoencoder,
            moments.Mean.To(device, ScalarType.Float32).Clone(),
            moments.StandardDeviation().To(device, ScalarType.Float32).Clone(),
            mask is null ? null : Functional.InterpolateNearest(
                StartPictures.MaskTensor(mask), [moments.Mean.Size(2), moments.Mean.Size(3)]).To(device).Clone());
    }

    /// <summary>Latents of a batch, each picture's drawn from its own stream, as published pipelines do.</summary>
    /// <param name="draw">Standard normal noise [B, C, h, w].</param>
    /// <returns>[B, C, h, w] as the denoiser has them; the scope's or the caller's.</returns>
    public Tensor Sample(Tensor draw)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(_autoencoder.Scale(_mean + _deviation * draw));
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        _mean.Dispose();
        _deviation.Dispose();
        Mask?.Dispose();
    }
}
