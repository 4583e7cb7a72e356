using PixArt.Torch;
using PixArt.Training.Checkpoints;
using PixArt.Training.Optimization;
using PixArt.Weights;

namespace PixArt.Training.Tests.Checkpoints;

/// <summary>A checkpoint of another model is refused by the tensor that tells.</summary>
public sealed class TensorFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_WhatIsOfAnotherModel_NamesTheTensorWithBothShapes()
    {
        using var leak = new LeakCheck();
        var path = _folder["parameters.safetensors"];
        using var two = Tensor.Ones([2, 3]);
        using var three = Tensor.Ones([3, 2]);
        using var whole = Tensor.FromArray([1L, 2, 3, 4, 5, 6], 2, 3);
        using (var stream = File.Create(path)) TensorFile.Write(stream, path, [new("w", two)]);
        string Message(params TrainedTensor[] tensors) => Assert.Throws<WeightsException>(() => TensorFile.Read(path, tensors)).Message;
        Assert.Equal($"{path}: tensor 'w': is F32 [2, 3], expected F32 [3, 2]", Message(new TrainedTensor("w", three)));
        Assert.Equal($"{path}: tensor 'w': is F32 [2, 3], expected I64 [2, 3]", Message(new TrainedTensor("w", whole)));
        Assert.Equal($"{path}: tensor 'v': is not among the 1 tensors of the file", Message(new TrainedTensor("v", two)));
    }
}
