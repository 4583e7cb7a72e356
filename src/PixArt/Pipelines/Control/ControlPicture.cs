using PixArt.Imaging;
using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>Pictures to the conditions that ControlNets read.</summary>
static class ControlPicture
{
    /// <summary>The condition as the autoencoder takes it.</summary>
    /// <param name="control">The picture and what it is.</param>
    /// <param name="height">Pixels that are sampled.</param>
    /// <param name="width">Pixels that are sampled.</param>
    /// <param name="hed">Gives the HED network; asked for only where it is needed.</param>
    /// <returns>[1, 3, height, width] in [-1, 1], single precision.</returns>
    public static Tensor Prepare(ControlCondition control, int height, int width, Func<HedNetwork> hed)
    {
        var image = Cover(control.Image.ToRgb(), height, width);
        using var scope = TensorScope.Begin();
        return scope.Keep(control.Kind switch
        {
            ControlKind.Hed => Hed(image, hed()),
            ControlKind.Gradient => ImageTensors.ToTensor(GradientEdges.Find(image)),
            ControlKind.Edges => Grey(ImageTensors.ToTensor(image)),
            _ => ImageTensors.ToTensor(image),
        });
    }

    /// <summary>Scaled so that it covers a size, the excess cut off on both sides.</summary>
    static Image Cover(Image image, int height, int width)
    {
        var ratio = Math.Max((double)height / image.Height, (double)width / image.Width);
        var (tall, wide) = (Math.Max(height, (int)Math.Round(image.Height * ratio)), Math.Max(width, (int)Math.Round(image.Width * ratio)));
        return image.Resize(wide, tall, ResizeFilter.Bilinear).CenterCrop(width, height);
    }

    // 0..1 on one channel becomes -1..1 on three.
    static Tensor Hed(Image image, HedNetwork network)
    {
        using var scope = TensorScope.Begin();
        var edges = network.Edges(ImageTensors.ToTensor(image, network.Parameters.Device));
        return scope.Keep((edges * 2 - 1).Repeat(1, 3, 1, 1).Cpu());
    }

    // Rec. 601 luma, as image libraries turn RGB to grey.
    static Tensor Grey(Tensor image)
    {
        using var scope = TensorScope.Begin();
        var weights = Tensor.FromArray([0.299f, 0.587f, 0.114f], 1, 3, 1, 1);
        return scope.Keep((image * weights).Sum([1], keepDim: true).Repeat(1, 3, 1, 1));
    }
}
