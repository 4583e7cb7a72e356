using PixArt.Torch;
using PixArt.Training.Optimization;
using PixArt.Weights;

namespace PixArt.Training.Checkpoints;

/// <summary>Named tensors in a safetensors file.</summary>
static class TensorFile
{
    /// <summary>Writes the tensors.</summary>
    public static void Write(Stream stream, string name, IEnumerable<TrainedTensor> tensors) =>
        SafetensorsWriter.Write(stream, name, tensors.Select(t => ToWrite(t.Name, t.Value)));

    /// <summary>A tensor for a file, in its own type.</summary>
    public static TensorToWrite ToWrite(string name, Tensor value) => TensorToWrite.FromTensor(name, value);

    /// <summary>Copies the file's values into the tensors; each must be there with its shape.</summary>
    public static void Read(string path, IEnumerable<TrainedTensor> tensors)
    {
        using var off = GradMode.Disable();
        using var file = SafetensorsFile.Open(path);
        foreach (var tensor in tensors)
        {
            var stored = file[tensor.Name];
            var expected = tensor.Value.DType.ToStoredType();
            var fits = stored.Type == expected || (IsNumber(stored.Type) && IsNumber(expected));
            if (!fits || !stored.Shape.SequenceEqual(tensor.Value.Shape))
                throw new WeightsException(
                    WeightsErrorKind.InvalidTensorView, path, tensor.Name,
                    $"is {stored.Type.Name()} {stored.ShapeText}, expected {expected.Name()} [{string.Join(", ", tensor.Value.Shape)}]");
            using var made = Tensor.FromSpan(file.Bytes(tensor.Name), stored.Type.ToScalarType()!.Value, tensor.Value.Shape);
            tensor.Value.CopyInPlace(made);
        }
    }

    // Parameters of one may become those of the other, and averages of either are fp32.
    static bool IsNumber(StoredType type) => type is StoredType.F32 or StoredType.BF16;
}
