using PixArt.Adapters;
using PixArt.Conversion;
using PixArt.Pipelines;
using PixArt.Text;
using PixArt.Weights;

namespace PixArt.Tests.Conversion;

/// <summary>What files of models, adapters and tokenizers are refused with.</summary>
public sealed class FileMessageTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static string Message(Action action) => Assert.ThrowsAny<PixArtException>(action).Message;

    static string Model => GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");

    [Fact]
    public void Conversions()
    {
        var transformer = Path.Combine(Model, "transformer");
        Assert.Equal(
            $"input is '{_folder["nowhere"]}', expected a weights file, a component's folder or a model folder",
            Message(() => WeightsConversion.Convert(_folder["nowhere"], _folder["out.pth"])));
        Assert.Equal($"base is '{Model}', expected a folder as output", Message(() => WeightsConversion.Convert(transformer, _folder["out.pth"], new() { Base = Model })));
        Assert.Equal(
            $"base is '{Model}', expected a single model as input, not a whole pipeline", Message(() => WeightsConversion.Convert(Model, _folder["out"], new() { Base = Model })));
        Assert.Equal("shard size is 0, expected at least 1 byte", Message(() => WeightsConversion.Convert(transformer, _folder["out"], new() { ShardBytes = 0 })));
        Assert.Equal("interpolation scale is 0, expected a positive number", Message(() => WeightsConversion.Convert(transformer, _folder["out"], new() { InterpolationScale = 0 })));
        Assert.Equal("heads is 0, expected at least 1", Message(() => WeightsConversion.Convert(transformer, _folder["out"], new() { Heads = 0 })));
        Assert.Equal("section is 'ema', expected a PyTorch file as input", Message(() => WeightsConversion.Convert(transformer, _folder["out"], new() { Section = "ema" })));
        Assert.Equal(
            "section is 'ema', expected none: a merge takes two models as they are",
            Message(() => WeightsMerge.Merge(transformer, transformer, _folder["out"], 0.5, new() { Section = "ema" })));
        Assert.Equal(
            $"base is '{Model}', expected none: a merge takes two models as they are",
            Message(() => WeightsMerge.Merge(transformer, transformer, _folder["out"], 0.5, new() { Base = Model })));
        Assert.Equal("ratio is 2, expected from 0 (the first alone) to 1 (the second alone)", Message(() => WeightsMerge.Merge(transformer, transformer, _folder["out"], 2)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Conversions_of_what_the_weights_do_not_tell()
    {
        File.Copy(Path.Combine(Model, "vae", "diffusion_pytorch_model.safetensors"), _folder["vae.safetensors"]);
        Assert.Equal(
            "scaling factor is 'not given', expected 0.18215 for Stable Diffusion's autoencoder (PixArt-α) or 0.13025 for SDXL's (PixArt-Σ): the weights do not tell it",
            Message(() => WeightsConversion.Convert(_folder["vae.safetensors"], _folder["out"])));
        SafetensorsWriter.Write(_folder["other.safetensors"], [ConversionFiles.Random("weight", 2, 2)]);
        Assert.Equal(
            $"input is '{_folder["other.safetensors"]}', expected a transformer, autoencoder or text encoder, to take its place in a pipeline",
            Message(() => WeightsConversion.Convert(_folder["other.safetensors"], _folder["out"], new() { Base = Model })));
        Assert.False(Path.Exists(_folder["out"]));
    }

    [Fact]
    public void Merges_of_8_bit_integers()
    {
        var transformer = Path.Combine(Model, "transformer");
        ModelQuantization.Write(transformer, _folder["integers"]);
        Assert.Equal(
            "dtype is 'not given', expected float32, float16 or bfloat16: 8-bit integers are made floating-point numbers to blend them",
            Message(() => WeightsMerge.Merge(transformer, _folder["integers"], _folder["out"], 0.5)));
    }

    [Fact]
    public void Merges_of_models_of_two_depths()
    {
        var transformer = Path.Combine(Model, "transformer");
        ModelGrowth.Write(transformer, _folder["deep"], layers: 3);
        var (shallow, deep) = (Weights(transformer), Weights(_folder["deep"]));
        var name = Message(() => WeightsMerge.Merge(_folder["deep"], transformer, _folder["out"], 0.5));
        Assert.StartsWith($"{shallow}: tensor 'transformer_blocks.", name, StringComparison.Ordinal);
        Assert.Contains($": is missing; {deep} has it with shape [", name, StringComparison.Ordinal);
        name = Message(() => WeightsMerge.Merge(transformer, _folder["deep"], _folder["out"], 0.5));
        Assert.StartsWith($"{deep}: tensor 'transformer_blocks.", name, StringComparison.Ordinal);
        Assert.EndsWith($": is not in {shallow}", name, StringComparison.Ordinal);

        static string Weights(string folder) => Path.Combine(folder, "diffusion_pytorch_model.safetensors");
    }

    [Fact]
    public void Outputs_that_cannot_be_made()
    {
        var transformer = Path.Combine(Model, "transformer");
        File.WriteAllText(_folder["file"], "");
        var below = _folder["file/out"];
        Assert.StartsWith($"cannot write '{below}': ", Message(() => WeightsConversion.Convert(transformer, below)), StringComparison.Ordinal);
        Assert.StartsWith($"cannot write '{below}': ", Message(() => ModelGrowth.Write(transformer, below)), StringComparison.Ordinal);
        using var disk = new SmallDisk(1 << 20);
        disk.Fill(free: 16_384);
        Assert.StartsWith($"cannot write '{disk["out"]}", Message(() => WeightsConversion.Convert(transformer, disk["out"])), StringComparison.Ordinal);
        Assert.StartsWith($"cannot write '{disk["out.pth"]}': No space left on device", Message(() => WeightsConversion.Convert(transformer, disk["out.pth"])), StringComparison.Ordinal);
        Assert.StartsWith($"cannot write '{disk["grown"]}", Message(() => ModelGrowth.Write(transformer, disk["grown"])), StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(disk["out"])!));
    }

    [Fact]
    public void Adapters()
    {
        Assert.Equal(
            $"{_folder.Path}: holds no adapter: expected adapter_model.safetensors, adapter_model.bin, pytorch_lora_weights.safetensors, pytorch_lora_weights.bin",
            Message(() => Adapter.Open(_folder.Path).Dispose()));
        SafetensorsWriter.Write(_folder["empty.safetensors"], (TensorToWrite[])[]);
        Assert.Equal($"{_folder["empty.safetensors"]}: holds no tensors", Message(() => Adapter.Open(_folder["empty.safetensors"]).Dispose()));
    }

    [Fact]
    public void Tokenizers()
    {
        Assert.Equal($"{_folder["x.model"]}: there is no such tokenizer model (spiece.model)", Message(() => SentencePieceTokenizer.Load(_folder["x.model"]).Dispose()));
        Assert.Equal($"{_folder.Path}: the folder holds no spiece.model, nor does its tokenizer/", Message(() => SentencePieceTokenizer.Load(_folder.Path).Dispose()));
        File.WriteAllText(_folder["spiece.model"], "nonsense");
        Assert.StartsWith($"{_folder["spiece.model"]}: sentencepiece says '", Message(() => SentencePieceTokenizer.Load(_folder.Path).Dispose()), StringComparison.Ordinal);
        var settings = _folder["tokenizer_config.json"];
        File.WriteAllText(settings, """{"extra_ids": -1}""");
        Assert.Equal($"{settings}: extra_ids is -1, expected a number from 0 to 100000", Message(() => SentencePieceTokenizer.Load(_folder.Path).Dispose()));
        foreach (var json in (string[])["{", """{"legacy": "yes"}""", """{"extra_ids": "many"}"""])
        {
            File.WriteAllText(settings, json);
            Assert.StartsWith($"{settings}: is not a tokenizer's configuration: ", Message(() => SentencePieceTokenizer.Load(_folder.Path).Dispose()), StringComparison.Ordinal);
        }

        Assert.Equal("vocabulary_size is 3, expected at least 4", Message(() => SentencePieceTrainer.Train(["a"], 3, _folder["t.model"])));
        Assert.Equal("character_coverage is 0.5, expected 0.98 to 1", Message(() => SentencePieceTrainer.Train(["a"], 9, _folder["t.model"], 0.5)));
        Assert.Equal("there are no sentences to train a tokenizer on", Message(() => SentencePieceTrainer.Train([""], 9, _folder["t.model"])));
    }
}
