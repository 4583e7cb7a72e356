using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.Tests.Weights.PyTorch;

/// <summary>Files of torch.save itself, against the same tensors in safetensors.</summary>
public sealed class PickleGoldenTests
{
    static readonly GoldenSet s_set = GoldenSet.Open();

    // Buffers that a model makes itself; the files and the goldens do not all have them.
    static readonly string[] s_remade = ["pos_embed", "y_embedder.y_embedding"];

    [Theory]
    [GoldenEntries("original/")]
    public void Every_file_gives_the_goldens_tensors(string entry)
    {
        using var golden = s_set.Load(entry);
        foreach (var path in s_set.Entries.Single(e => e.Name.Equals(entry, StringComparison.Ordinal)).PthFiles)
        {
            using var file = PickleFile.Open(s_set.PathOf(path));
            string[] expected = [.. golden.TensorNames.Where(n => n.StartsWith("w_orig/", StringComparison.Ordinal))];
            foreach (var name in expected)
            {
                if (s_remade.Contains(name["w_orig/".Length..]) && !file.Tensors.ContainsKey(name["w_orig/".Length..])) continue;
                var stored = file[name["w_orig/".Length..]];
                Assert.Equal(golden.Shape(name), stored.Shape);
                var found = new byte[stored.ByteCount];
                file.CopyTo(stored.Name, found);
                var tolerance = stored.Type switch { StoredType.F16 => 1e-3, StoredType.BF16 => 1e-2, _ => 0 };
                Close.Assert(golden.Doubles(name), Values.ToDoubles(stored.Type, found), tolerance, $"{path}\t{name}");
            }

            if (expected.Length == 0) continue;
            Assert.Empty(file.Tensors.Keys.Except(expected.Select(n => n["w_orig/".Length..]), StringComparer.Ordinal)
                .Except(s_remade, StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Training_checkpoint_gives_each_of_its_parts()
    {
        using var golden = s_set.Load("original/train_checkpoint");
        var path = s_set.PathOf("original/train_checkpoint.pth");
        foreach (var (section, prefix) in new[] { ("state_dict", "w/"), ("state_dict_ema", "ema/"), ("optimizer", "optimizer/") })
        {
            using var file = PickleFile.Open(path, section);
            Assert.Equal(["state_dict", "state_dict_ema", "optimizer"], file.Sections);
            string[] names = [.. golden.TensorNames.Where(n => n.StartsWith(prefix, StringComparison.Ordinal))];
            Assert.NotEmpty(names);
            Assert.Equal(names.Length, file.Tensors.Count);
            foreach (var name in names)
            {
                var inFile = prefix is "optimizer/" ? $"state.{name[prefix.Length..].Replace('/', '.')}" : name[prefix.Length..];
                Assert.True(golden.Tensors.Bytes(name).SequenceEqual(file.Bytes(inFile)), name);
            }

            Assert.Equal("7", file.Metadata["epoch"]);
            Assert.Equal("1234", file.Metadata["step"]);
        }

        using var all = PickleFile.Open(path, "");
        Assert.True(all.Tensors.ContainsKey("state_dict_ema.0.weight"));
        Assert.Equal("0.0002", all.Metadata["optimizer.param_groups.0.lr"]);
    }

    [Fact]
    public void Unknown_part_is_told_with_the_known_ones()
    {
        var error = Assert.Throws<WeightsException>(() => PickleFile.Open(s_set.PathOf("original/train_checkpoint.pth"), "ema"));
        Assert.EndsWith("has no part 'ema'; it has state_dict, state_dict_ema, optimizer", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pixart_alpha_256_bf16.pth")]
    [InlineData("pixart_alpha_256_fp16.pth")]
    [InlineData("pixart_alpha_1024ms.pth")]
    [InlineData("pixart_sigma_512.pth")]
    public void What_we_write_is_byte_for_byte_what_torch_save_wrote(string name)
    {
        var path = s_set.PathOf($"original/{name}");
        if (!File.Exists(path)) Assert.Skip("not in this set");
        using var folder = new TemporaryFolder();
        using var file = PickleFile.Open(path);
        PickleWriter.Write(folder[name], file.Tensors.Values.Select(t =>
            TensorToWrite.FromBytes(t.Name, t.Type, t.Shape, file.Bytes(t.Name).ToArray())));
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(folder[name]));
    }
}
