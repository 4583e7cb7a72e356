using System.Globalization;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Training.Distillation;

/// <summary>LPIPS (Zhang et al. 2018), version 0.1 on VGG16: how differently two pictures look, as the weighted distance of what a classifier's layers see.
/// Parameters carry the names of torchvision's VGG16 and of LPIPS's own weights; as many channels as those files have.</summary>
sealed class PerceptualDistance : Module
{
    // What the classifier's pictures were standardised with, for values of -1 to 1.
    static readonly float[] s_shift = [-0.030f, -0.088f, -0.188f], s_scale = [0.458f, 0.448f, 0.450f];
    static readonly int[] s_stages = [2, 2, 3, 3, 3];
    readonly (Conv2d[] Convs, Conv2d Weights)[] _stages;

    PerceptualDistance(ParameterStore parameters, WeightsSource files) : base(parameters)
    {
        _stages = new (Conv2d[], Conv2d)[s_stages.Length];
        // Numbers of torchvision's list, in which ReLU and pooling count as layers.
        var (layer, channels) = (0, 3L);
        for (var i = 0; i < _stages.Length; i++, layer++)
        {
            var convs = new Conv2d[s_stages[i]];
            for (var j = 0; j < convs.Length; j++, layer += 2)
            {
                var width = WidthOf(files, string.Create(CultureInfo.InvariantCulture, $"features.{layer}.weight"));
                convs[j] = new Conv2d(parameters.Root.Sub("features", layer), channels, width, 3, padding: 1);
                channels = width;
            }

            var head = parameters.Root.Sub(string.Create(CultureInfo.InvariantCulture, $"lin{i}")).Sub("model", 1);
            _stages[i] = (convs, new Conv2d(head, channels, 1, 1, bias: false));
        }

        parameters.RequireGrad(false);
    }

    /// <summary>Loads the weights.</summary>
    /// <param name="vgg">File of torchvision's VGG16; its classifier is not used.</param>
    /// <param name="lpips">File of LPIPS's weights.</param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="PixArtException">A file is missing or damaged, or holds something else.</exception>
    public static PerceptualDistance Load(string vgg, string lpips, Device device)
    {
        using var files = WeightsSource.Open(vgg, lpips);
        return ModelLoading.Over(new(files, ScalarType.Float32, device), store => new PerceptualDistance(store, files));
    }

    /// <summary>The distance of each two pictures: 0 for the same, above for others.</summary>
    /// <param name="first">[B, 3, H, W], RGB in [-1, 1]; sides of 16 at least, as they are halved four times.</param>
    /// <param name="second">The same shape.</param>
    /// <returns>[B], with the graph of both.</returns>
    public Tensor Between(Tensor first, Tensor second)
    {
        using var scope = TensorScope.Begin();
        var (a, b) = (Standardised(first), Standardised(second));
        Tensor? sum = null;
        for (var i = 0; i < _stages.Length; i++)
        {
            (a, b) = (Seen(a, i), Seen(b, i));
            var apart = (Directions(a) - Directions(b)).Square();
            var weighed = _stages[i].Weights.Forward(apart).Mean([1, 2, 3]);
            sum = sum is null ? weighed : sum + weighed;
        }

        return scope.Keep(sum!);
    }

    Tensor Seen(Tensor x, int stage)
    {
        if (stage > 0) x = Functional.MaxPool2d(x, 2);
        foreach (var conv in _stages[stage].Convs) x = Functional.Relu(conv.Forward(x));
        return x;
    }

    // Of length 1 in every pixel. Where nothing is seen it is 0, and so is its gradient.
    static Tensor Directions(Tensor x) => x / (x.Square().Sum([1], keepDim: true).Clamp(min: 1e-20).Sqrt() + 1e-10);

    static Tensor Standardised(Tensor pictures)
    {
        Tensor Of(float[] values) => Tensor.FromArray(values, 1, 3, 1, 1).To(pictures.Device);
        return (pictures - Of(s_shift)) / Of(s_scale);
    }

    static long WidthOf(WeightsSource files, string name) => files.Find(name) is { } found ? found.Shape[0] : throw files.Missing(name, null);
}
