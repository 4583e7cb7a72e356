using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>A transformer with captions and size bound to it. What does not change from step to step is computed at the first one, and again
/// where the model has been loaded anew.</summary>
/// <param name="load">Gives the model, which stays its owner's; called at every step, because the owner may have freed it meanwhile.</param>
/// <param name="captions">The captions of a batch, one after the other, as many as latents or a multiple; they stay the caller's.</param>
/// <param name="height">Pixels that the latents stand for.</param>
/// <param name="width">Pixels that the latents stand for.</param>
/// <param name="perturbed">The blocks whose self-attention is perturbed, as <see cref="PerturbedAttentionOptions.Layers"/> names them; null: none.</param>
/// <param name="control">A condition that steers the prediction, or null; it stays the caller's.</param>
sealed class BoundTransformer(
    Func<CancellationToken, PixArtTransformer> load, IReadOnlyList<TextFeatures> captions, int height, int width, IReadOnlyList<string>? perturbed = null,
    ControlInput? control = null)
    : IDenoiser, IDisposable
{
    IReadOnlySet<int>? _perturbed;
    PixArtTransformer? _transformer;
    CaptionState? _captions;
    Tensor? _resolution;
    Tensor? _aspectRatio;
    ControlSignal? _control;

    /// <inheritdoc/>
    public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var transformer = load(cancellation);
        if (!ReferenceEquals(transformer, _transformer)) Prepare(transformer, cancellation);
        using var scope = TensorScope.Begin();
        var store = transformer.Parameters;
        var time = Tensor.Full([1], timestep, ScalarType.Float32, store.Device);
        var output = transformer.Forward(
            latents.To(store.Device, store.DType), time, _captions!, _resolution, _aspectRatio, perturbedBlocks: _perturbed,
            control: _control?.Model.Config.Steers(timestep) == true ? _control : null);
        return scope.Keep(output.To(latents.Device, latents.DType));
    }

    /// <summary>Frees what was prepared.</summary>
    public void Dispose()
    {
        _captions?.Dispose();
        _resolution?.Dispose();
        _aspectRatio?.Dispose();
        _control?.Dispose();
        (_transformer, _captions, _resolution, _aspectRatio, _control) = (null, null, null, null, null);
    }

    void Prepare(PixArtTransformer transformer, CancellationToken cancellation)
    {
        Dispose();
        using var scope = TensorScope.Begin();
        var store = transformer.Parameters;
        _perturbed = perturbed is null ? null : PerturbedLayers.Of(perturbed, transformer.Config.NumLayers);
        var text = TextFeatures.Join(captions);
        var network = control?.Model.Get(cancellation);
        _captions = transformer.EncodeCaptions(text.Embeddings.To(store.Device, store.DType), text.Mask, network).Release();
        _control = network?.Encode(transformer, control!.Latents.To(store.Device, store.DType), control.Strength).Release();
        if (transformer.UsesAdditionalConditions)
        {
            _resolution = TensorScope.Release(Tensor.FromArray([(float)height, width], 1, 2).To(store.Device));
            _aspectRatio = TensorScope.Release(Tensor.FromArray([(float)height / width], 1, 1).To(store.Device));
        }
        _transformer = transformer;
    }
}
