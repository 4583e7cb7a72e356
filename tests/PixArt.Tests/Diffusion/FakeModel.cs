using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

/// <summary>The closed-form models of the scheduler goldens.</summary>
sealed class FakeModel(string name) : IDenoiser
{
    public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default)
    {
        var t = (double)(float)timestep;
        using var scope = TensorScope.Begin();
        return scope.Keep(name switch
        {
            "dummy" => latents * t / (t + 1),
            "mix" => Mix(latents, t),
            "mix2c" => Tensor.Cat([Mix(latents, t), latents.Sin() * 0.5], 1),
            "mix2pos" => Tensor.Cat([Mix(latents, t), (latents.Sin().Square() * 0.02) + 0.01], 1),
            _ => throw new NotSupportedException($"fake model {name}"),
        });
    }

    static Tensor Mix(Tensor x, double t) => (x * 0.6) + ((x * 3.0).Sin() * 0.25) + (0.0002 * t);
}
