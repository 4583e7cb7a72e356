using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using PixArt.Weights;

namespace PixArt.Tests.Weights;

public sealed class SafetensorsWriterTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static readonly StoredType[] s_wholeBytes = [.. StoredTypes.All.Where(t => t.Bits() % 8 == 0)];

    static TensorToWrite[] Random(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, random.Next(9)).Select(i =>
        {
            var type = s_wholeBytes[random.Next(s_wholeBytes.Length)];
            var shape = Enumerable.Range(0, random.Next(4)).Select(_ => (long)random.Next(5)).ToArray();
            var bytes = new byte[shape.Aggregate(1L, (p, s) => p * s) * type.Bits() / 8];
            random.NextBytes(bytes);
            return TensorToWrite.FromBytes($"tensor.{i}\"\\ü", type, shape, bytes);
        })];
    }

    static byte[] BytesOf(TensorToWrite tensor)
    {
        using var memory = new MemoryStream();
        tensor.WriteBytes(memory);
        return memory.ToArray();
    }

    [Fact]
    public void Whatever_is_written_reads_back_equal_and_aligned() => Prop.ForAll<int>(seed =>
    {
        var tensors = Random(seed);
        var path = _folder["round.safetensors"];
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>(StringComparer.Ordinal) { ["seed"] = $"{seed}" });
        using var file = SafetensorsFile.Open(path);
        Assert.Equal($"{seed}", file.Metadata["seed"]);
        Assert.Equal(tensors.Length, file.Tensors.Count);
        Assert.Equal(0UL, (8 + BinaryPrimitives.ReadUInt64LittleEndian(File.ReadAllBytes(path))) % 8);
        foreach (var tensor in tensors)
        {
            var read = file[tensor.Name];
            Assert.Equal(tensor.Type, read.Type);
            Assert.Equal(tensor.Shape, read.Shape);
            Assert.Equal(BytesOf(tensor), file.Bytes(tensor.Name).ToArray());
            Assert.Equal(0, read.Offset % (tensor.Type.Bits() / 8));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Order_of_the_input_does_not_change_the_bytes() => Prop.ForAll<int>(seed =>
    {
        var tensors = Random(seed);
        var other = tensors.ToArray();
        new Random(seed).Shuffle(other);
        SafetensorsWriter.Write(_folder["a"], tensors);
        SafetensorsWriter.Write(_folder["b"], other);
        Assert.Equal(File.ReadAllBytes(_folder["a"]), File.ReadAllBytes(_folder["b"]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_part_of_a_tensor_is_the_same_part_of_its_bytes() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var tensors = Random(seed);
        SafetensorsWriter.Write(_folder["s"], tensors);
        using var file = SafetensorsFile.Open(_folder["s"]);
        foreach (var tensor in tensors)
        {
            var bytes = BytesOf(tensor);
            var begin = random.Next(bytes.Length + 1);
            var end = random.Next(begin, bytes.Length + 1);
            Assert.Equal(bytes[begin..end], file.Bytes(tensor.Name)[begin..end].ToArray());
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Saving_over_a_file_that_is_open_leaves_the_reader_its_bytes()
    {
        var path = _folder["a.safetensors"];
        SafetensorsWriter.Write(path, [TensorToWrite.FromBytes("a", StoredType.U8, [3], new byte[] { 1, 2, 3 })]);
        using var old = SafetensorsFile.Open(path);
        SafetensorsWriter.Write(path, [TensorToWrite.FromBytes("a", StoredType.U8, [1], new byte[] { 9 })]);
        Assert.Equal([1, 2, 3], old.Bytes("a").ToArray());
        using var now = SafetensorsFile.Open(path);
        Assert.Equal([9], now.Bytes("a").ToArray());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Tensor_that_gives_the_wrong_number_of_bytes_is_refused_and_nothing_is_left(int given)
    {
        var error = Assert.Throws<WeightsException>(() => SafetensorsWriter.Write(
            _folder["a"], [TensorToWrite.FromBytes("w", StoredType.F32, [1], new byte[given])]));
        Assert.Equal(WeightsErrorKind.InvalidTensorView, error.Kind);
        Assert.EndsWith($": tensor 'w': gave {given} bytes, but F32 [1] takes 4", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("w")]
    [InlineData("__metadata__")]
    public void Name_that_is_taken_is_refused(string name)
    {
        var tensor = TensorToWrite.FromBytes(name, StoredType.U8, [0], default);
        var error = Assert.Throws<WeightsException>(() => SafetensorsWriter.Write(_folder["a"], [tensor, tensor]));
        Assert.Equal(name, error.Tensor);
    }

    [Fact]
    public void Shards_of_one_name_twice_or_of_nothing_are_refused_and_nothing_is_left()
    {
        var tensor = TensorToWrite.FromBytes("w", StoredType.U8, [1], new byte[1]);
        Assert.Equal($"{_folder.Path}: tensor 'w': a second tensor has this name",
            Assert.Throws<WeightsException>(() => SafetensorsShards.Write(_folder.Path, "model", [tensor, tensor])).Message);
        Assert.Equal("shard size is 0, expected at least 1 byte",
            Assert.Throws<InvalidSettingException>(() => SafetensorsShards.Write(_folder.Path, "model", [tensor], limit: 0)).Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Metadata_is_written_in_order()
    {
        var one = new Dictionary<string, string>(StringComparer.Ordinal) { ["b"] = "2", ["a"] = "1" };
        SafetensorsWriter.Write(_folder["a"], [], one);
        Assert.Equal("{\"__metadata__\":{\"a\":\"1\",\"b\":\"2\"}}", File.ReadAllText(_folder["a"])[8..].TrimEnd());
    }
}
