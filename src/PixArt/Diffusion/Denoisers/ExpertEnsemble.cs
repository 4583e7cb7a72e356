using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// An ensemble of expert denoisers (Balaji et al. 2022, eDiff-I §4): each step is answered by the expert that owns its
/// timestep. Routing goes by the timestep and never by the step's number, so the sampler keeps its history across experts
/// and identical experts are the single model.
/// </summary>
public sealed class ExpertEnsemble : IDenoiser
{
    readonly Expert[] _rising;

    /// <summary>Joins experts.</summary>
    /// <param name="experts">Any number, in any order, whose intervals cover [0, T) exactly once.</param>
    /// <param name="trainTimesteps">T.</param>
    /// <exception cref="InvalidSettingException">A timestep has no owner or several.</exception>
    public ExpertEnsemble(IEnumerable<Expert> experts, int trainTimesteps = 1000)
    {
        _rising = [.. experts.OrderBy(e => e.Interval.Low)];
        TimestepCover.Check([.. _rising.Select(e => (e.Name, e.Interval))], trainTimesteps);
        TrainTimesteps = trainTimesteps;
    }

    /// <summary>T.</summary>
    public int TrainTimesteps { get; }

    /// <summary>The experts from the cleanest to the noisiest timesteps.</summary>
    public IReadOnlyList<Expert> Experts => _rising;

    /// <summary>The expert that owns a timestep. T itself, where flow samplers begin, belongs to the noisiest.</summary>
    /// <param name="timestep">A whole or fractional timestep in [0, T].</param>
    /// <exception cref="InvalidSettingException">The timestep is outside.</exception>
    public Expert OwnerOf(double timestep)
    {
        if (!(timestep >= 0 && timestep <= TrainTimesteps))
            throw new InvalidSettingException("timestep", timestep, $"a number in [0, {TrainTimesteps}]");
        return Array.FindLast(_rising, e => e.Interval.Low <= timestep)!;
    }

    /// <inheritdoc/>
    public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default) =>
        OwnerOf(timestep).Denoiser.Predict(latents, timestep, cancellation);
}
