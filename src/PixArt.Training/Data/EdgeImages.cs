using PixArt.Imaging;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data;

/// <summary>The edge maps of other images, grey and rounded to 8 bits.</summary>
/// <param name="images">The images; disposed with this object.</param>
/// <param name="hed">Finds the edges, disposed with this object; null: slopes of colours.</param>
/// <param name="source">Names the network's weights in the fingerprint.</param>
sealed class EdgeImages(IImageData images, HedNetwork? hed, string source) : IImageData
{
    public long Count => images.Count;

    public string Fingerprint { get; } = $"edges:{(hed is null ? EdgeKind.Gradient : EdgeKind.Hed)}:{source}:{images.Fingerprint}";

    public IReadOnlyList<SampleGroup> Groups => images.Groups;

    public bool IsFixed => images.IsFixed;

    public Image Get(long index, long visit = 0)
    {
        var image = images.Get(index, visit);
        return (hed is null ? GradientEdges.Find(image) : Found(hed, image)).ToRgb();
    }

    public long SourceOf(long index) => images.SourceOf(index);

    public PictureShape Shape(long index) => images.Shape(index);

    public string Caption(long index, long visit) => images.Caption(index, visit);

    public void Dispose()
    {
        hed?.Dispose();
        images.Dispose();
    }

    static Image Found(HedNetwork network, Image image)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var edges = network.Edges(ImageTensors.ToTensor(image, network.Parameters.Device));
        return new(image.Width, image.Height, 1, (edges * 255).Round().To(ScalarType.UInt8).Cpu().ToArray<byte>());
    }
}
