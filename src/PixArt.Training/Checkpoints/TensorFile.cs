using System.Runtime.InteropServices;
using PixArt.Torch;
using PixArt.Training.Optimization;
using PixArt.Weights;

namespace PixArt.Training.Checkpoints;

/// <summary>Named fp32 tensors in a safetensors file.</summary>
static class TensorFile
{
    /// <summary>Writes the tensors.</summary>
    public static void Write(Stream stream, string name, IEnumerable<TrainedTensor> tensors) =>
        SafetensorsWriter.Write(stream, name, tensors.Select(t => ToWrite(t.Name, t.Value)));

    /// <summary>An fp32 tensor for a file.</summary>
    public static TensorToWrite ToWrite(string name, Tensor value) =>
        new(name, StoredType.F32, value.Shape, target => WriteBytes(target, value));

    /// <summary>Copies the file's values into the tensors; each must be there with its shape.</summary>
    public static void Read(string path, IEnumerable<TrainedTensor> tensors)
    {
        using var off = GradMode.Disable();
        using var file = SafetensorsFile.Open(path);
        foreach (var tensor in tensors)
        {
            var stored = file[tensor.Name];
            if (stored.Type != StoredType.F32 || !stored.Shape.SequenceEqual(tensor.Value.Shape))
                throw new WeightsException(
                    WeightsErrorKind.InvalidTensorView, path, tensor.Name,
                    $"is {stored.Type.Name()} {stored.ShapeText}, expected F32 [{string.Join(", ", tensor.Value.Shape)}]");
            Copy(MemoryMarshal.Cast<byte, float>(file.Bytes(tensor.Name)), tensor.Value);
        }
    }

    static void Copy(ReadOnlySpan<float> values, Tensor target)
    {
        if (FlatSpans.Reaches(target, target))
        {
            values.CopyTo(target.AsSpan<float>());
            return;
        }

        using var made = Tensor.FromArray(values.ToArray(), target.Shape);
        target.CopyInPlace(made);
    }

    static void WriteBytes(Stream stream, Tensor value)
    {
        using var scope = TensorScope.Begin();
        var host = value.Detach().Cpu().Contiguous();
        var bytes = MemoryMarshal.AsBytes(host.AsSpan<float>());
        const int piece = 1 << 22;
        for (var start = 0; start < bytes.Length; start += piece)
            stream.Write(bytes.Slice(start, Math.Min(piece, bytes.Length - start)));
    }
}
