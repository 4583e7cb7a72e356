using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>The ControlNet of a pipeline and what finds edges for it; each is loaded when it is first needed.</summary>
sealed class ControlModels : IDisposable
{
    readonly bool _stays;
    readonly Component<PixArtControlNet> _network;
    readonly Component<HedNetwork> _hed;

    /// <summary>Checks names and shapes; nothing is loaded yet.</summary>
    /// <exception cref="PixArtException">The ControlNet is not there, or does not fit the transformer.</exception>
    public ControlModels(PipelineFolder facts, PipelineOptions options)
    {
        ControlLoading.CheckModel(facts, options);
        _stays = options.Residency == ModelResidency.Everything;
        _network = new(() => ControlLoading.ControlNet(facts, options));
        _hed = new(() => ControlLoading.Hed(facts, options));
    }

    /// <summary>The condition of a plan, encoded; one for all of its pictures. Dispose it.</summary>
    /// <param name="control">The picture and what it is.</param>
    /// <param name="plan">Tells the size that is sampled.</param>
    /// <param name="models">Encodes it.</param>
    /// <param name="cancellation">Ends the work between its parts.</param>
    public ControlInput Encode(ControlCondition control, GenerationPlan plan, PipelineModels models, CancellationToken cancellation)
    {
        using var scope = TensorScope.Begin();
        var picture = ControlPicture.Prepare(control, plan.SampledSize.Height, plan.SampledSize.Width, () => _hed.Get(cancellation));
        if (!_stays) _hed.Dispose();
        cancellation.ThrowIfCancellationRequested();
        var autoencoder = models.Autoencoder.Get(cancellation);
        using var distribution = autoencoder.Encode(picture.To(autoencoder.Parameters.Device));
        // The mean, so that the same picture always says the same.
        var latents = TensorScope.Release(autoencoder.Scale(distribution.Mode()).To(models.Options.Device, ScalarType.Float32).Clone());
        if (!_stays) models.FreeAutoencoder();
        return new(_network, latents, control.Strength, _stays);
    }

    /// <summary>Frees both.</summary>
    public void Dispose()
    {
        _network.Dispose();
        _hed.Dispose();
    }
}
