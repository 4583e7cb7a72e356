using PixArt.Torch;
using PixArt.Training.Distillation;
using PixArt.Weights;

namespace PixArt.Training.Tests.Distillation;

/// <summary>LPIPS against PyTorch's own layers (tests/data/lpips/make.py).</summary>
public sealed class PerceptualDistanceTests
{
    internal static string Vgg => OwnData.Path("lpips/vgg16.pth");

    internal static string Lpips => OwnData.Path("lpips/vgg.pth");

    [Fact]
    public void Between_AndItsGradient_ArePyTorchs()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var source = WeightsSource.Open(OwnData.Path("lpips/case.pth"));
        using var distance = PerceptualDistance.Load(Vgg, Lpips, Device.Cpu);
        using var first = source.Read("first");
        using var second = source.Read("second");
        using var expected = source.Read("distance");
        using var expectedGradient = source.Read("gradient");
        first.RequiresGrad = true;
        var found = distance.Between(first, second);
        Close.Assert(expected, found.Detach(), 1e-5, "distance");
        found.Sum().Backward();
        using var gradient = first.Grad!;
        Close.Assert(expectedGradient, gradient, 1e-4, "gradient");
        first.Grad = null;
        Assert.All(distance.Parameters.Tensors, parameter => Assert.Null(parameter.Grad));
    }

    [Fact]
    public void Between_ThePictureItself_IsNothingAndMovesNothing()
    {
        using var scope = TensorScope.Begin();
        using var distance = PerceptualDistance.Load(Vgg, Lpips, Device.Cpu);
        // Of one colour: some layers see nothing at all, which has no direction.
        var picture = Tensor.Full([1, 3, 16, 16], -0.5);
        picture.RequiresGrad = true;
        var found = distance.Between(picture, picture.Detach());
        Assert.Equal(0, found.Detach().ToArray<float>()[0]);
        found.Sum().Backward();
        using var gradient = picture.Grad!;
        Assert.All(gradient.ToArray<float>(), value => Assert.Equal(0, value));
        picture.Grad = null;
    }

    [Fact]
    public void Load_FilesOfSomethingElse_IsTold()
    {
        using var leak = new LeakCheck();
        string Message(string vgg, string lpips) => Assert.ThrowsAny<PixArtException>(() => PerceptualDistance.Load(vgg, lpips, Device.Cpu).Dispose()).Message;
        Assert.Equal("/nowhere/vgg16.pth: there is no such file", Message("/nowhere/vgg16.pth", Lpips));
        Assert.Contains("features.0.weight", Message(OwnData.Path("lpips/case.pth"), Lpips));
        Assert.Contains("lin0.model.1.weight", Message(Vgg, OwnData.Path("lpips/case.pth")));
    }
}
