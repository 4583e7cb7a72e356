using PixArt.Weights;

namespace PixArt.Cli.Tests.Commands;

/// <summary>A LoRA on the last layer of <see cref="TinyModel"/>.</summary>
static class TinyAdapter
{
    public static string Write(string path)
    {
        SafetensorsWriter.Write(path,
        [
            Tensor("transformer.proj_out.lora_A.weight", 1, 36),
            Tensor("transformer.proj_out.lora_B.weight", 32, 1),
        ]);
        return path;
    }

    static TensorToWrite Tensor(string name, long rows, long columns)
    {
        var values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++) values[i] = (i % 5 - 2) * 0.3f;
        var bytes = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return TensorToWrite.FromBytes(name, StoredType.F32, [rows, columns], bytes);
    }
}
