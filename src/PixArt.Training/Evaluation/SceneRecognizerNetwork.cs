using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Evaluation;

/// <summary>
/// A small convolutional classifier of scenes at half resolution. One head, shared by the three places, looks at three
/// quarters of the picture's width around its place; another sees everything and names the setting.
/// </summary>
internal sealed class SceneRecognizerNetwork : Module
{
    private const int Cells = 8; // Side of the last feature map.
    private const int View = 6; // Columns that the head of a place sees; beyond the picture there are zeros.
    private const int Groups = 8;

    private readonly Conv2d _in;
    private readonly (Conv2d Convolution, GroupNorm Norm)[] _stages;
    private readonly Linear _placeHidden;
    private readonly Linear _placeOut;
    private readonly Linear _setting;

    public SceneRecognizerNetwork(ParameterStore parameters) : base(parameters)
    {
        var root = parameters.Root;
        _in = new Conv2d(root.Sub("conv_in"), 3, 32, kernel: 5, stride: 2, padding: 2);
        (int In, int Out, int Stride)[] shapes = [(32, 64, 2), (64, 96, 1), (96, 128, 2), (128, 128, 1)];
        _stages = [.. shapes.Select((shape, i) => (
            new Conv2d(root.Sub("stages", i).Sub("conv"), shape.In, shape.Out, kernel: 3, stride: shape.Stride, padding: 1),
            new GroupNorm(root.Sub("stages", i).Sub("norm"), Groups, shape.Out)))];
        _placeHidden = new Linear(root.Sub("place_hidden"), 128 * Cells / 2 * View, 192);
        _placeOut = new Linear(root.Sub("place_out"), 192, SceneClasses.Count);
        _setting = new Linear(root.Sub("setting"), 128 * Cells, SceneVocabulary.Settings.Length);
    }

    /// <summary>Pictures [B, 3, 128, 128] in [-1, 1] → places [B, 3, classes] and settings [B, settings], both logits.</summary>
    public (Tensor Places, Tensor Settings) Forward(Tensor pictures)
    {
        using var scope = TensorScope.Begin();
        var x = Functional.Relu(_in.Forward(Functional.AvgPool2d(pictures, 2)));
        foreach (var (convolution, norm) in _stages)
            x = Functional.Relu(norm.Forward(convolution.Forward(x)));

        var batch = x.Size(0);
        var halfHeight = Functional.Pad(x.View(batch, 128, Cells / 2, 2, Cells).Mean([3]), [1, 1]);
        Tensor[] places = [.. Enumerable.Range(0, SceneClasses.Places).Select(place => halfHeight.Narrow(3, place * 2, View).Flatten(1))];
        var hidden = Functional.Relu(_placeHidden.Forward(Tensor.Stack(places, 1)));
        var setting = _setting.Forward(x.Mean([2]).Flatten(1));
        return (scope.Keep(_placeOut.Forward(hidden)), scope.Keep(setting));
    }
}
