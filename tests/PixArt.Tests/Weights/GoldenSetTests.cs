using PixArt.Weights;

namespace PixArt.Tests.Weights;

public sealed class GoldenSetTests
{
    [Theory]
    [GoldenEntries("")]
    public void Every_golden_has_the_tensors_that_its_document_lists(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        if (golden.Json.Optional("tensors") is not { } listed) return;
        foreach (var tensor in listed.EnumerateObject())
        {
            var shape = tensor.Value.GetProperty("shape").Integers();
            Assert.Equal(shape, golden.Shape(tensor.Name));
            Assert.Equal(golden.Tensors[tensor.Name].Count, golden.Doubles(tensor.Name).Length);
        }
    }

    [Theory]
    [GoldenEntries("")]
    public void Every_golden_file_written_again_holds_the_same(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        if (!golden.TensorNames.Any()) return;
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["again"], golden.Tensors.Tensors.Values.Select(t =>
            TensorToWrite.FromBytes(t.Name, t.Type, t.Shape, golden.Tensors.Bytes(t.Name).ToArray())), golden.Tensors.Metadata);
        using var again = SafetensorsFile.Open(folder["again"]);
        Assert.Equal(golden.TensorNames.Order(StringComparer.Ordinal), again.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var name in golden.TensorNames) Assert.True(golden.Tensors.Bytes(name).SequenceEqual(again.Bytes(name)), name);
    }
}
