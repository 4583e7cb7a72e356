using System.Runtime.InteropServices;

namespace PixArt.Torch.Native;

/// <summary>The tagged argument or result of a boxed call; mirrors px_value in native/src/ops.cpp.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeValue
{
    [FieldOffset(0)]
    public ValueTag Tag;

    [FieldOffset(4)]
    public int Count;

    [FieldOffset(8)]
    public long Integer;

    [FieldOffset(8)]
    public double Number;

    [FieldOffset(8)]
    public nint Pointer;
}

internal enum ValueTag
{
    None = 0,
    Default = 1,
    Tensor = 2,
    Int = 3,
    Double = 4,
    Bool = 5,
    String = 6,
    IntList = 7,
    DoubleList = 8,
    BoolList = 9,
    TensorList = 10,
    OptionalTensorList = 11,
    Device = 12,
    Generator = 13,
}

/// <summary>Mirrors px_tensor_info in native/src/tensor.cpp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTensorInfo
{
    public long Rank;
    public long* Sizes;
    public long* Strides;
    public long Count;
    public void* Data;
    public int DType;
    public int DeviceType;
    public int DeviceIndex;
    public int Contiguous;
}
