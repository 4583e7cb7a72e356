using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;
using static PixArt.Tests.Models.SmallModels;

namespace PixArt.Tests.Models;

/// <summary>Blocks that stay in their file, in the file's number format, give what blocks in memory give.</summary>
public sealed class StreamedT5EncoderTests : IDisposable
{
    const double Tolerance = 1e-6;

    // Wide enough that a matrix is expanded in several pieces.
    static readonly T5EncoderConfig s_wide = TextEncoder with { DModel = 64, DKv = 16, NumHeads = 4, DFf = 300, NumLayers = 3 };

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Written(T5EncoderConfig config, ScalarType type)
    {
        using var model = new T5Encoder(config, Store());
        SafetensorsWriter.Write(_folder["t5.safetensors"], model.Parameters.Names.Select(n => KeyValuePair.Create(n, model.Parameters[n])), type: type);
        return _folder["t5.safetensors"];
    }

    static Tensor Ids(params long[] ids) => Tensor.FromArray(ids, 1, ids.Length);

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Forward_OfBlocksInTheFile_EqualsTheWholeModel(ScalarType stored)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var source = WeightsSource.Open(Written(s_wide, stored));
        using var whole = new T5Encoder(s_wide, new ParameterStore(source));
        using var streamed = new T5Encoder(s_wide, new ParameterStore(source, keepStored: true), streamed: true);
        var before = LibTorch.LiveTensorCount;
        var ids = Ids(4, 8, 15, 16, 23, 42, 1);
        using var expected = whole.Forward(ids);
        using var actual = streamed.Forward(ids);
        using var again = streamed.Forward(ids);
        Close.Assert(expected, actual, Tolerance, "streamed");
        Close.Assert(actual, again, 0, "again");
        Assert.Equal(before + 4, LibTorch.LiveTensorCount); // ids and three results: no block stays
        Assert.Equal(3, streamed.Parameters.Names.Count);           // embedding, distances, last norm
    }

    [Fact]
    public void ForwardEach_OfSeveralTexts_GivesEachWhatItGetsAlone()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new T5Encoder(s_wide, Store());
        Tensor[] texts = [Ids(4, 8, 15, 1), Ids(1), Ids(16, 23, 42, 7, 7, 1)];
        var together = model.ForwardEach(texts);
        for (var i = 0; i < texts.Length; i++) Close.Assert(model.Forward(texts[i]), together[i], 0, $"text {i}");
    }

    [Fact]
    public void AStream_ReadsABlockAheadAndLetsGoOfItAfterUse()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        var source = new Recorded(WeightsSource.Open(Written(s_wide, ScalarType.BFloat16)));
        using var inner = source.Inner;
        using var model = new T5Encoder(s_wide, new ParameterStore(source, keepStored: true), streamed: true);
        Assert.Empty(source.Calls);
        model.Forward(Ids(4, 8, 1));
        string[] expected =
        [
            "ahead encoder.block.1.", "load 0", "done encoder.block.0.", "ahead encoder.block.2.", "load 1", "done encoder.block.1.", "load 2", "done encoder.block.2.",
        ];
        Assert.Equal(expected, source.Calls, StringComparer.Ordinal);
    }

    [Fact]
    public void AStream_TellsWrongWeightsBeforeAnyWork()
    {
        using var leak = new LeakCheck();
        using var source = WeightsSource.Open(Written(s_wide, ScalarType.BFloat16));
        using var store = new ParameterStore(source, keepStored: true);
        var missing = Assert.Throws<WeightsException>(() => new T5Encoder(s_wide with { NumLayers = 4 }, store, streamed: true));
        Assert.Contains("'encoder.block.3.layer.0.layer_norm.weight': is missing", missing.Message, StringComparison.Ordinal);
        using var other = new ParameterStore(source, keepStored: true);
        var shape = Assert.Throws<WeightsException>(() => new T5Encoder(s_wide with { DFf = 301 }, other, streamed: true));
        Assert.Contains("has shape [300, 64], expected [301, 64]", shape.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AStream_MarksItsWeightsAsUsed()
    {
        using var source = WeightsSource.Open(Written(s_wide, ScalarType.BFloat16));
        using var model = new T5Encoder(s_wide, new ParameterStore(source, keepStored: true), streamed: true);
        source.EnsureAllUsed();
    }

    [Fact]
    public void AStream_FromScratch_IsRefused()
    {
        using var store = new ParameterStore(initialize: new Generator(1));
        Assert.Throws<ArgumentException>(() => new T5Encoder(TextEncoder, store, streamed: true));
    }

    // What is asked of a source, block by block.
    sealed class Recorded(WeightsSource inner) : IParameterSource
    {
        public List<string> Calls { get; } = [];

        public WeightsSource Inner => inner;

        public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
        {
            if (name.EndsWith("layer.0.layer_norm.weight", StringComparison.Ordinal)) Calls.Add($"load {name.Split('.')[2]}");
            return inner.Load(name, shape, dtype, device);
        }

        public Tensor? LoadStored(string name, long[] shape, ScalarType dtype, Device device) => inner.LoadStored(name, shape, dtype, device);

        public bool Holds(string name, long[] shape) => inner.Holds(name, shape);

        public void Prefetch(string prefix)
        {
            Calls.Add($"ahead {prefix}");
            inner.Prefetch(prefix);
        }

        public void Release(string prefix)
        {
            Calls.Add($"done {prefix}");
            inner.Release(prefix);
        }
    }
}
