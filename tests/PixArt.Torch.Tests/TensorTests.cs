using PixArt.Torch;

namespace PixArt.Torch.Tests;

public sealed class TensorTests
{
    [Fact]
    public void Scope_FreesWhatItMade_ExceptWhatIsKept()
    {
        long before = LibTorch.LiveTensorCount;
        Tensor kept;
        using (var scope = TensorScope.Begin())
        {
            Tensor x = Tensor.Arange(0, 6).View(2, 3);
            kept = scope.Keep((x * 2 + 1).MatMul(x.Transpose(0, 1)));
        }

        Assert.Equal(before + 1, LibTorch.LiveTensorCount);
        Assert.Equal([13f, 40f, 31f, 112f], kept.ToArray<float>());
        kept.Dispose();
        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Fact]
    public void WrongShape_NamesOperatorShapesAndReason()
    {
        using var scope = TensorScope.Begin();
        Tensor a = Tensor.Zeros([2, 3]), b = Tensor.Zeros([4, 5]);
        var e = Assert.Throws<TorchException>(() => a.MatMul(b));
        Assert.Contains("aten::matmul(Float32[2, 3], Float32[4, 5])", e.Message, StringComparison.Ordinal);
        Assert.Contains("2x3 and 4x5", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void DisposedTensor_Refuses()
    {
        Tensor a = Tensor.Ones([2]);
        a.Dispose();
        Assert.Throws<ObjectDisposedException>(() => a + 1);
    }

    [Fact]
    public void UnknownOperator_SaysSo()
    {
        Assert.False(LibTorch.HasOperator("aten::no_such_operator"));
        var e = Assert.Throws<TorchException>(() => new Op("aten::no_such_operator").Call(1));
        Assert.Contains("has no such operator", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generator_GivesPyTorchsStream_AndContinuesFromItsState()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        float[] first = Tensor.Randn([3], generator).ToArray<float>();
        Assert.Equal([1.5409961f, -0.2934289f, -2.1787894f], first); // torch.manual_seed(0); torch.randn(3)
        byte[] state = generator.State;
        float[] next = Tensor.Randn([5], generator).ToArray<float>();
        generator.State = state;
        Assert.Equal(next, Tensor.Randn([5], generator).ToArray<float>());
    }

    [Fact]
    public void Memory_IsUsedInPlace_AndItsOwnerIsReleased()
    {
        float[] data = GC.AllocateArray<float>(4, pinned: true);
        data[2] = 5;
        unsafe
        {
            fixed (float* p = data)
            {
                using Tensor t = Tensor.FromMemory((nint)p, ScalarType.Float32, [2, 2], data);
                data[3] = 7;
                Assert.Equal([0f, 0f, 5f, 7f], t.ToArray<float>());
                Assert.Equal((nint)p, t.DataPointer);
            }
        }
    }

    [Fact]
    public void Integers_StayIntegers()
    {
        using var scope = TensorScope.Begin();
        Tensor t = Tensor.FromArray(new long[] { 1, 2, 3 }, 3);
        Assert.Equal(ScalarType.Int64, (t * 2 + 1).DType);
        Assert.Equal(ScalarType.Float32, (t * 2.0).DType);
        Assert.Equal([-1L, -2L, -3L], (-t).ToArray<long>());
    }

    [Fact]
    public void BitsOfNumbers_CanBeReadCountedAndMasked()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor values = Tensor.FromArray([1f, -2.5f, 0f], 3);
        Assert.Equal([0x3F800000, unchecked((int)0xC0200000), 0], values.View(ScalarType.Int32).ToArray<int>());
        Assert.Equal([0x3F800000, unchecked((int)0xC0000000), 0], values.View(ScalarType.Int32).BitwiseAnd(unchecked((int)0xFF800000)).ToArray<int>());
        Assert.Equal([2, 0, 1], values.Bucketize(Tensor.FromArray([-1f, 0.5f, 1f], 3)).ToArray<int>());
        Tensor drawn = Tensor.RandInt(3, 6, [1000], generator, dtype: ScalarType.Int32);
        Assert.Equal([3, 4, 5], drawn.ToArray<int>().Distinct().Order());
    }
}
