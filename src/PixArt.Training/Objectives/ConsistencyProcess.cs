using PixArt.Torch;

namespace PixArt.Training.Objectives;

/// <summary>The mathematics of latent consistency distillation (Luo et al. 2023) as PixArt-δ has it: a DDIM solver on a coarse grid
/// of timesteps, and the boundary condition that makes the student the identity at timestep 0.</summary>
public sealed class ConsistencyProcess
{
    const double DataVariance = 0.25;
    const double TimestepScaling = 10;
    readonly DiffusionProcess _process;
    readonly int _skip;

    /// <summary>Lays the grid.</summary>
    /// <param name="process">The noise schedule.</param>
    /// <param name="solverSteps">Number of its timesteps, 1 to T; PixArt uses 50 of 1000, a skip of 20.</param>
    /// <exception cref="InvalidSettingException">The number is out of range.</exception>
    public ConsistencyProcess(DiffusionProcess process, int solverSteps = 50)
    {
        ArgumentNullException.ThrowIfNull(process);
        if (solverSteps < 1 || solverSteps > process.Steps)
            throw new InvalidSettingException("consistency.solverSteps", solverSteps, $"1 to {process.Steps}");
        (_process, _skip) = (process, process.Steps / solverSteps);
        Timesteps = [.. Enumerable.Range(1, solverSteps).Select(n => (n * _skip) - 1)];
    }

    /// <summary>The grid, ascending: skip - 1, 2 skip - 1, ….</summary>
    public IReadOnlyList<int> Timesteps { get; }

    /// <summary>The timestep that the solver steps to: skip below, at least 0.</summary>
    public long Earlier(long timestep) => Math.Max(timestep - _skip, 0);

    /// <summary>Factors of the noisy latents and of the predicted clean ones in the student's answer.</summary>
    /// <param name="timestep">t.</param>
    public static (double Skip, double Out) Boundary(long timestep)
    {
        var scaled = timestep * TimestepScaling;
        var sum = (scaled * scaled) + DataVariance;
        return (DataVariance / sum, scaled / Math.Sqrt(sum));
    }

    /// <summary>The product of 1 - beta that the step from grid point <paramref name="index"/> ends at; that of timestep 0 from the
    /// first one.</summary>
    public double EarlierProduct(int index) => _process.AlphasCumprod[index == 0 ? 0 : Timesteps[index - 1]];

    /// <summary>The student's answer: c_skip x + c_out x_0.</summary>
    /// <param name="noisy">Noisy latents [B, C, H, W].</param>
    /// <param name="x0">The model's clean latents, of the same shape.</param>
    /// <param name="timesteps">B timesteps.</param>
    public static Tensor Answer(Tensor noisy, Tensor x0, IReadOnlyList<long> timesteps)
    {
        ArgumentNullException.ThrowIfNull(noisy);
        using var scope = TensorScope.Begin();
        var skip = DiffusionProcess.PerSample(timesteps, t => Boundary(t).Skip, noisy.Device);
        var @out = DiffusionProcess.PerSample(timesteps, t => Boundary(t).Out, noisy.Device);
        return scope.Keep((noisy * skip) + (x0 * @out));
    }

    /// <summary>One DDIM step from each sample's grid point to the one before it.</summary>
    /// <param name="x0">Clean latents [B, C, H, W].</param>
    /// <param name="noise">The noise, of the same shape.</param>
    /// <param name="indices">B places on the grid.</param>
    public Tensor Step(Tensor x0, Tensor noise, IReadOnlyList<long> indices)
    {
        ArgumentNullException.ThrowIfNull(x0);
        using var scope = TensorScope.Begin();
        var signal = DiffusionProcess.PerSample(indices, i => Math.Sqrt(EarlierProduct((int)i)), x0.Device);
        var spread = DiffusionProcess.PerSample(indices, i => Math.Sqrt(1 - EarlierProduct((int)i)), x0.Device);
        return scope.Keep((x0 * signal) + (noise * spread));
    }

    /// <summary>The distance of two answers, [B]: mean square, or the pseudo-Huber √(d² + c²) - c.</summary>
    /// <param name="answer">The student's [B, C, H, W].</param>
    /// <param name="wanted">The target's.</param>
    /// <param name="huber">c, or null for the mean square.</param>
    public static Tensor Distance(Tensor answer, Tensor wanted, double? huber)
    {
        using var scope = TensorScope.Begin();
        var square = (answer - wanted).Square();
        return scope.Keep(Losses.MeanOfSample(huber is { } c ? (square + (c * c)).Sqrt() - c : square));
    }
}
