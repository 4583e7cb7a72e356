using System.Globalization;
using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>Holistically-nested edge detection (Xie and Tu 2015) in the form that ControlNets are trained with: five stages of
/// convolutions, each with a guess at the edges, and their mean. Parameters carry the names of <c>ControlNetHED.pth</c>.</summary>
public sealed class HedNetwork : Module
{
    static readonly (int Width, int Layers)[] s_stages = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];
    readonly Tensor norm; // [1, 3, 1, 1], subtracted from values of 0 to 255
    readonly (Conv2d[] Convs, Conv2d Projection)[] stages;

    /// <summary>Builds the network over <paramref name="parameters"/>: loaded where its source has them, else initialised.</summary>
    /// <param name="parameters">Takes and owns the parameters; disposed with this model.</param>
    public HedNetwork(ParameterStore parameters) : base(parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        norm = parameters.Root.Get("norm", [1, 3, 1, 1], Init.Zeros);
        stages = new (Conv2d[], Conv2d)[s_stages.Length];
        var channels = 3;
        for (var i = 0; i < stages.Length; i++)
        {
            var stage = parameters.Root.Sub(string.Create(CultureInfo.InvariantCulture, $"block{i + 1}"));
            var (width, layers) = s_stages[i];
            var convs = new Conv2d[layers];
            for (var layer = 0; layer < layers; layer++)
            {
                convs[layer] = new Conv2d(stage.Sub("convs", layer), channels, width, 3, padding: 1);
                channels = width;
            }
            stages[i] = (convs, new Conv2d(stage.Sub("projection"), width, 1, 1));
        }
    }

    /// <summary>Pictures to edge maps.</summary>
    /// <param name="images">[B, 3, H, W], RGB in [-1, 1]; sides of 16 pixels at least.</param>
    /// <returns>[B, 1, H, W] in [0, 1]: how surely there is an edge.</returns>
    public Tensor Edges(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Rank != 4 || images.Size(1) != 3 || images.Size(2) < 16 || images.Size(3) < 16)
            throw new InvalidSettingException("images", TokenGrid.Text(images), "[B, 3, height, width] of 16 pixels or more");
        long[] size = [images.Size(2), images.Size(3)];
        using var scope = TensorScope.Begin();
        var chain = new Chain((images.To(norm.DType) + 1) * 127.5 - norm);
        Tensor? sum = null;
        for (var i = 0; i < stages.Length; i++)
        {
            if (i > 0) chain.Next(x => Functional.MaxPool2d(x, 2));
            foreach (var conv in stages[i].Convs) chain.Next(x => Functional.Relu(conv.Forward(x)));
            var guess = stages[i].Projection.Forward(chain.Next(x => x));
            var whole = i == 0 ? guess : Functional.InterpolateBilinear(guess, size);
            sum = sum is null ? whole : sum + whole;
        }
        return scope.Keep((sum! / stages.Length).Sigmoid());
    }
}
