namespace PixArt.Diffusion;

/// <summary>The timesteps a model is asked at and the noise levels between them.</summary>
/// <param name="Timesteps">What the model is given, one a step.</param>
/// <param name="Sigmas">The noise level before each step and after the last, single precision.</param>
sealed record StepGrid(double[] Timesteps, double[] Sigmas)
{
    /// <summary>Appends the final noise level and rounds to single precision.</summary>
    public static StepGrid Create(double[] timesteps, double[] sigmas, double final) =>
        new(timesteps, Grid.Single([.. sigmas, final]));
}
