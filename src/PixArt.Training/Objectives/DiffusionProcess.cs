using PixArt.Torch;

namespace PixArt.Training.Objectives;

/// <summary>The forward process q of a Gaussian diffusion and its posterior: tables in double precision, as the original
/// training code keeps them (Ho et al. 2020, equations 2 to 7). Coefficients reach tensors as fp32.</summary>
public sealed class DiffusionProcess
{
    DiffusionProcess(double[] betas, int[] timesteps)
    {
        Betas = betas;
        Timesteps = timesteps;
        var n = betas.Length;
        AlphasCumprod = new double[n];
        PosteriorVariance = new double[n];
        PosteriorMeanX0 = new double[n];
        PosteriorMeanXt = new double[n];
        var product = 1.0;
        for (var t = 0; t < n; t++)
        {
            var before = product;
            AlphasCumprod[t] = product *= 1 - betas[t];
            PosteriorVariance[t] = betas[t] * (1 - before) / (1 - product);
            PosteriorMeanX0[t] = betas[t] * Math.Sqrt(before) / (1 - product);
            PosteriorMeanXt[t] = (1 - before) * Math.Sqrt(1 - betas[t]) / (1 - product);
        }

        // The variance at t = 0 is 0: its logarithm is replaced by that at t = 1.
        PosteriorLogVariance = [.. PosteriorVariance.Select((v, t) => Math.Log(t == 0 && n > 1 ? PosteriorVariance[1] : v))];
    }

    /// <summary>beta_t.</summary>
    public IReadOnlyList<double> Betas { get; }

    /// <summary>The timestep of the full schedule that each index stands for; the model is asked at these.</summary>
    public IReadOnlyList<int> Timesteps { get; }

    /// <summary>Number of indices, T.</summary>
    public int Steps => Betas.Count;

    /// <summary>Product of 1 - beta up to and including t.</summary>
    public double[] AlphasCumprod { get; }

    /// <summary>Variance of q(x_{t-1} | x_t, x_0).</summary>
    public double[] PosteriorVariance { get; }

    /// <summary>Its logarithm; at t = 0 that of t = 1.</summary>
    public double[] PosteriorLogVariance { get; }

    /// <summary>Factor of x_0 in the posterior's mean.</summary>
    public double[] PosteriorMeanX0 { get; }

    /// <summary>Factor of x_t in the posterior's mean.</summary>
    public double[] PosteriorMeanXt { get; }

    /// <summary>PixArt's schedule: betas linear from 1e-4 to 0.02, both scaled by 1000/T.</summary>
    /// <param name="steps">T.</param>
    public static DiffusionProcess Linear(int steps = 1000)
    {
        var scale = 1000.0 / steps;
        return FromBetas(Spread(1e-4 * scale, 0.02 * scale, steps));
    }

    /// <summary>Betas whose square roots are linear from 0.00085 to 0.012, as Stable Diffusion has them.</summary>
    /// <param name="steps">T.</param>
    public static DiffusionProcess ScaledLinear(int steps = 1000) =>
        FromBetas([.. Spread(Math.Sqrt(0.00085), Math.Sqrt(0.012), steps).Select(root => root * root)]);

    /// <summary>The cosine schedule of Nichol and Dhariwal (2021), betas at most 0.999.</summary>
    /// <param name="steps">T.</param>
    public static DiffusionProcess Cosine(int steps = 1000)
    {
        double Bar(double t) => Math.Pow(Math.Cos((t + 0.008) / 1.008 * Math.PI / 2), 2);
        return FromBetas([.. Enumerable.Range(0, steps)
            .Select(i => Math.Min(1 - (Bar((i + 1.0) / steps) / Bar((double)i / steps)), 0.999))]);
    }

    /// <summary>A process with the given betas.</summary>
    public static DiffusionProcess FromBetas(double[] betas) => new(betas, [.. Enumerable.Range(0, betas.Length)]);

    /// <summary>The process that visits only some timesteps; betas are recomputed from the kept products.</summary>
    /// <param name="kept">Indices of this process, ascending.</param>
    public DiffusionProcess Respaced(IReadOnlyList<int> kept)
    {
        var last = 1.0;
        var betas = new double[kept.Count];
        for (var i = 0; i < betas.Length; i++)
        {
            betas[i] = 1 - (AlphasCumprod[kept[i]] / last);
            last = AlphasCumprod[kept[i]];
        }

        return new(betas, [.. kept.Select(index => Timesteps[index])]);
    }

    /// <summary>This process, its signal shifted and scaled so that none is left at the last timestep and as much as before at the first
    /// (Lin et al. 2023, algorithm 1).</summary>
    public DiffusionProcess WithZeroTerminalSnr()
    {
        var (first, last) = (Math.Sqrt(AlphasCumprod[0]), Math.Sqrt(AlphasCumprod[^1]));
        var products = AlphasCumprod.Select(product => Math.Pow((Math.Sqrt(product) - last) * first / (first - last), 2)).ToArray();
        return new([.. products.Select((product, t) => 1 - (t == 0 ? product : product / products[t - 1]))], [.. Timesteps]);
    }

    /// <summary>SNR at t: product / (1 - product).</summary>
    public double SignalToNoise(long t) => AlphasCumprod[t] / (1 - AlphasCumprod[t]);

    /// <summary>One fp32 coefficient a sample, [B, 1, 1, 1], ready to multiply [B, C, H, W].</summary>
    /// <param name="indices">B indices t.</param>
    /// <param name="value">The coefficient at t.</param>
    /// <param name="device">Where the tensor lives.</param>
    public static Tensor PerSample(IReadOnlyList<long> indices, Func<long, double> value, Device device)
    {
        var values = new float[indices.Count];
        for (var i = 0; i < values.Length; i++) values[i] = (float)value(indices[i]);
        var made = Tensor.FromArray(values, values.Length, 1, 1, 1);
        if (device == Device.Cpu) return made;
        using (made) return made.To(device);
    }

    /// <summary>x_t = sqrt(product) x_0 + sqrt(1 - product) noise.</summary>
    /// <param name="x0">Clean latents [B, C, H, W].</param>
    /// <param name="noise">Noise of the same shape.</param>
    /// <param name="indices">B indices t.</param>
    public Tensor AddNoise(Tensor x0, Tensor noise, IReadOnlyList<long> indices)
    {
        using var scope = TensorScope.Begin();
        var signal = PerSample(indices, t => Math.Sqrt(AlphasCumprod[t]), x0.Device);
        var spread = PerSample(indices, t => Math.Sqrt(1 - AlphasCumprod[t]), x0.Device);
        return scope.Keep((x0 * signal) + (noise * spread));
    }

    /// <summary>The velocity sqrt(product) noise - sqrt(1 - product) x_0 (Salimans and Ho 2022).</summary>
    /// <inheritdoc cref="AddNoise"/>
    public Tensor Velocity(Tensor x0, Tensor noise, IReadOnlyList<long> indices)
    {
        using var scope = TensorScope.Begin();
        var signal = PerSample(indices, t => Math.Sqrt(AlphasCumprod[t]), x0.Device);
        var spread = PerSample(indices, t => Math.Sqrt(1 - AlphasCumprod[t]), x0.Device);
        return scope.Keep((noise * signal) - (x0 * spread));
    }

    /// <summary>x_0 from x_t and the noise in it.</summary>
    /// <param name="xt">Noisy latents [B, C, H, W].</param>
    /// <param name="noise">Predicted noise of the same shape.</param>
    /// <param name="indices">B indices t.</param>
    public Tensor X0FromNoise(Tensor xt, Tensor noise, IReadOnlyList<long> indices)
    {
        using var scope = TensorScope.Begin();
        var outer = PerSample(indices, t => Math.Sqrt(1 / AlphasCumprod[t]), xt.Device);
        var inner = PerSample(indices, t => Math.Sqrt((1 / AlphasCumprod[t]) - 1), xt.Device);
        return scope.Keep((xt * outer) - (noise * inner));
    }

    /// <summary>The noise in x_t when x_0 is known.</summary>
    /// <param name="xt">Noisy latents [B, C, H, W].</param>
    /// <param name="x0">Predicted clean latents of the same shape.</param>
    /// <param name="indices">B indices t.</param>
    public Tensor NoiseFromX0(Tensor xt, Tensor x0, IReadOnlyList<long> indices)
    {
        using var scope = TensorScope.Begin();
        var outer = PerSample(indices, t => Math.Sqrt(1 / AlphasCumprod[t]), xt.Device);
        var inner = PerSample(indices, t => Math.Sqrt((1 / AlphasCumprod[t]) - 1), xt.Device);
        return scope.Keep(((xt * outer) - x0) / inner);
    }

    /// <summary>Clean latents and noise out of a model's prediction.</summary>
    /// <param name="xt">Noisy latents [B, C, H, W].</param>
    /// <param name="prediction">The model's first C channels.</param>
    /// <param name="indices">B indices t.</param>
    /// <param name="target">What the model predicts.</param>
    public (Tensor X0, Tensor Noise) Split(Tensor xt, Tensor prediction, IReadOnlyList<long> indices, PredictionTarget target)
    {
        ArgumentNullException.ThrowIfNull(xt);
        using var scope = TensorScope.Begin();
        if (target == PredictionTarget.Epsilon) return (scope.Keep(X0FromNoise(xt, prediction, indices)), prediction);
        if (target == PredictionTarget.Sample) return (prediction, scope.Keep(NoiseFromX0(xt, prediction, indices)));
        var signal = PerSample(indices, t => Math.Sqrt(AlphasCumprod[t]), xt.Device);
        var spread = PerSample(indices, t => Math.Sqrt(1 - AlphasCumprod[t]), xt.Device);
        return (scope.Keep((xt * signal) - (prediction * spread)), scope.Keep((xt * spread) + (prediction * signal)));
    }

    /// <summary>Mean of q(x_{t-1} | x_t, x_0).</summary>
    /// <param name="x0">Clean latents [B, C, H, W].</param>
    /// <param name="xt">Noisy latents of the same shape.</param>
    /// <param name="indices">B indices t.</param>
    public Tensor PosteriorMean(Tensor x0, Tensor xt, IReadOnlyList<long> indices)
    {
        using var scope = TensorScope.Begin();
        var first = PerSample(indices, t => PosteriorMeanX0[t], x0.Device);
        var second = PerSample(indices, t => PosteriorMeanXt[t], x0.Device);
        return scope.Keep((x0 * first) + (xt * second));
    }

    static double[] Spread(double from, double to, int count) =>
        [.. Enumerable.Range(0, count).Select(i => count == 1 ? from : from + ((to - from) * i / (count - 1)))];
}
