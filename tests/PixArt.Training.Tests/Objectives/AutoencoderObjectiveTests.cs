using PixArt.Torch;
using PixArt.Training.Objectives;

namespace PixArt.Training.Tests.Objectives;

public sealed class AutoencoderObjectiveTests
{
    [Fact]
    public void Evaluate_KnownErrors_GivesEachTerm()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var image = Tensor.Zeros([1, 3, 2, 2]);
        // Error 0.5 in the left column, 0.1 in the right one.
        var reconstruction = Tensor.FromArray(Enumerable.Repeat(new[] { 0.5f, 0.1f, 0.5f, 0.1f }, 3).SelectMany(v => v).ToArray(), 1, 3, 2, 2);
        var mean = Tensor.Full([1, 4, 1, 1], 2);
        var logVariance = Tensor.Full([1, 4, 1, 1], Math.Log(0.25));
        var objective = new AutoencoderObjective
        {
            AbsoluteWeight = 1,
            SquareWeight = 10,
            GradientWeight = 100,
            DivergenceWeight = 1000,
        };

        var loss = objective.Evaluate(image, reconstruction, mean, logVariance);

        Assert.Equal(0.3, loss.Absolute.Item<float>(), 1e-6);
        Assert.Equal(0.13, loss.Square.Item<float>(), 1e-6);
        Assert.Equal(0.2, loss.Gradient.Item<float>(), 1e-6);
        var divergence = 0.5 * (4 + 0.25 - 1 - Math.Log(0.25));
        Assert.Equal(divergence, loss.Divergence.Item<float>(), 1e-5);
        Assert.Equal(0.3 + 1.3 + 20 + (1000 * divergence), loss.Total.Item<float>(), 1e-2);
    }
}
