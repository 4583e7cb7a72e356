using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.Tests.Weights.PyTorch;

public sealed class PickleWriterTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static TensorToWrite Tensor(string name, StoredType type = StoredType.F32, int bytes = 8) => new(name, type, [2], s => s.Write(new byte[bytes]));

    WeightsException Refused(params TensorToWrite[] tensors)
    {
        var error = Assert.Throws<WeightsException>(() => PickleWriter.Write(_folder["a.pth"], tensors));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        Assert.StartsWith(_folder["a.pth"], error.Message, StringComparison.Ordinal);
        return error;
    }

    [Fact]
    public void Write_OfWhatAFileCannotHold_NamesTheTensorAndLeavesNothing()
    {
        Assert.EndsWith(": tensor 'w': a second tensor has this name", Refused(Tensor("w"), Tensor("w")).Message, StringComparison.Ordinal);
        Assert.EndsWith(": tensor 'w': gave 7 bytes, but F32 [2] takes 8", Refused(Tensor("w", bytes: 7)).Message, StringComparison.Ordinal);
        Assert.EndsWith(": tensor 'w': PyTorch files have no storage of type F8_E8M0", Refused(Tensor("w", StoredType.F8E8M0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OfSeveralPartsOfWhichOneHasNoName_IsRefused() =>
        Assert.Throws<ArgumentException>(() => PickleWriter.Write(_folder["a.pth"], [("state_dict", [Tensor("a")]), (null, [Tensor("b")])]));
}
