namespace PixArt.Torch.Tests;

public sealed class GroupNormTests
{
    // As large as an autoencoder's last layers see: sums of so many numbers do not fit bfloat16.
    [Theory]
    [InlineData(MemoryFormat.Contiguous)]
    [InlineData(MemoryFormat.ChannelsLast)]
    public void A_large_picture_in_bfloat16_is_near_single_precision(MemoryFormat format)
    {
        using var leak = new LeakCheck();
        using TensorScope scope = TensorScope.Begin();
        using GradModeGuard noGrad = GradMode.Disable();
        using var generator = new Generator(1);
        Tensor picture = (Tensor.Randn([1, 32, 128, 128], generator) + 0.5).To(ScalarType.BFloat16).Contiguous(format);
        Tensor weight = Tensor.Randn([32], generator).To(ScalarType.BFloat16), bias = Tensor.Randn([32], generator).To(ScalarType.BFloat16);
        Tensor Wide(Tensor t) => t.To(ScalarType.Float32).Contiguous();
        Tensor actual = Functional.GroupNorm(picture, 8, weight, bias);
        Assert.Equal(ScalarType.BFloat16, actual.DType);
        Close.Assert(Functional.GroupNorm(Wide(picture), 8, Wide(weight), Wide(bias)), actual, 5e-3, format.ToString());
    }
}
