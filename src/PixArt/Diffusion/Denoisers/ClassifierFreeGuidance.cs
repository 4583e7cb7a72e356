using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// Classifier-free guidance (Ho and Salimans 2022) around a model: both conditionings in one batch, negative first. All
/// channels are guided, those of a learned variance too, as published pipelines do. A perturbed model, where there is one,
/// pushes as well: ε₋ + s (ε₊ − ε₋) + p (ε₊ − ε_perturbed).
/// </summary>
public sealed class ClassifierFreeGuidance : IDenoiser
{
    readonly IDenoiser _pair;
    readonly IDenoiser _positive;
    readonly PerturbedAttention? _perturbed;

    /// <summary>Guides a model.</summary>
    /// <param name="pair">The model with both conditionings bound: it is given B latents and answers 2B predictions, negative then positive.</param>
    /// <param name="positive">The model with the positive conditioning alone, for the timesteps that are not guided.</param>
    /// <param name="options">The strength.</param>
    /// <param name="perturbed">A perturbed model to steer away from, at guided and unguided timesteps alike; null: none.</param>
    /// <exception cref="InvalidSettingException">A value of the options is out of its range.</exception>
    public ClassifierFreeGuidance(IDenoiser pair, IDenoiser positive, GuidanceOptions options, PerturbedAttention? perturbed = null)
    {
        perturbed?.Options.Validated();
        _perturbed = perturbed;
        _pair = pair;
        _positive = positive;
        Options = options.Validated();
    }

    /// <summary>The strength.</summary>
    public GuidanceOptions Options { get; }

    /// <inheritdoc/>
    public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default)
    {
        var push = _perturbed?.Options.ScaleAt(timestep) ?? 0;
        var isGuided = Options.IsActive(timestep);
        if (!isGuided && push == 0) return _positive.Predict(latents, timestep, cancellation);
        using var scope = TensorScope.Begin();
        Tensor positive, result;
        if (isGuided)
        {
            var both = _pair.Predict(latents, timestep, cancellation).Chunk(2);
            positive = both[1];
            result = Guide(both[0], positive);
        }
        else
        {
            result = positive = _positive.Predict(latents, timestep, cancellation);
        }

        if (push > 0) result += (positive - _perturbed!.Denoiser.Predict(latents, timestep, cancellation)).MulInPlace(push);
        return scope.Keep(isGuided && Options.Rescale > 0 ? Rescaled(result, positive, latents.Size(1)) : result);
    }

    Tensor Guide(Tensor negative, Tensor positive)
    {
        var guided = (positive - negative).MulInPlace(Options.Scale).AddInPlace(negative);
        var all = guided.Size(1);
        return Options.Channels is { } some && some < all
            ? Tensor.Cat([guided.Narrow(1, 0, some), positive.Narrow(1, some, all - some)], 1)
            : guided;
    }

    // A learned variance keeps its own scale.
    Tensor Rescaled(Tensor guided, Tensor positive, long channels)
    {
        var prediction = guided.Narrow(1, 0, channels);
        var dims = Enumerable.Range(1, guided.Rank - 1).Select(d => (long)d).ToArray();
        var ratio = positive.Narrow(1, 0, channels).Std(dims, keepDim: true) / prediction.Std(dims, keepDim: true);
        var rescaled = prediction * ((ratio * Options.Rescale) + (1 - Options.Rescale));
        var all = guided.Size(1);
        return all == channels
            ? rescaled
            : Tensor.Cat([rescaled, guided.Narrow(1, channels, all - channels)], 1);
    }
}
