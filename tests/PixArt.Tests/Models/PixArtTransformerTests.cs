using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;
using static PixArt.Tests.Models.SmallModels;

namespace PixArt.Tests.Models;

public sealed class PixArtTransformerTests
{
    const long Batch = 3;
    const double Tolerance = 1e-5;

    [Fact]
    public void Forward_OfABatch_EqualsSingles()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new PixArtTransformer(Transformer, Store());
        var (latents, timestep, captions, mask, size, ratio) = Inputs();
        var batch = model.Forward(latents, timestep, captions, mask, size, ratio);
        for (var i = 0; i < Batch; i++)
        {
            Tensor One(Tensor t) => t.Narrow(0, i, 1);
            var single = model.Forward(One(latents), One(timestep), One(captions), One(mask), One(size), One(ratio));
            Close.Assert(One(batch), single, Tolerance, $"image {i}");
        }
    }

    [Fact]
    public void Forward_WithEqualTimesteps_EqualsOneTimestepForAll()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new PixArtTransformer(Transformer with { UseAdditionalConditions = false }, Store());
        var (latents, _, captions, mask, _, _) = Inputs();
        var one = model.Forward(latents, Tensor.FromArray([321f], 1), captions, mask);
        var many = model.Forward(latents, Tensor.FromArray([321L, 321L, 321L], 3), captions, mask);
        var distinct = model.Forward(latents, Tensor.FromArray([321f, 321f, 20f], 3), captions, mask);
        Close.Assert(one, many, 0, "equal timesteps");
        Close.Assert(one.Narrow(0, 0, 2), distinct.Narrow(0, 0, 2), Tolerance, "among others");
    }

    [Fact]
    public void Forward_WithASmallerBatchOfSizes_RepeatsIt()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new PixArtTransformer(Transformer, Store());
        Tensor latents = Noise(3, 4, 4, 8, 8), captions = Noise(4, 4, 5, 10), timestep = Tensor.FromArray([5L], 1);
        Tensor sizes = Tensor.FromArray([512f, 256f, 128f, 64f], 2, 2), ratios = Tensor.FromArray([2f, 0.5f], 2, 1);
        var repeated = model.Forward(latents, timestep, captions, null, sizes, ratios);
        var whole = model.Forward(latents, timestep, captions, null, sizes.Repeat(2, 1), ratios.Repeat(2, 1));
        Close.Assert(whole, repeated, 0, "repeated sizes");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EncodeCaptions_DropsPaddingWhereverItStands(bool onlyMasked)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new PixArtTransformer(Transformer, Store());
        var (latents, timestep, captions, _, size, ratio) = Inputs();
        // The last row masks everything: every token is seen then, as in diffusers.
        float[] kept = [1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0];
        var mask = Tensor.FromArray(onlyMasked ? kept : [.. kept[..10], 1, 0, 0, 0, 1], Batch, 5);
        using var state = model.EncodeCaptions(captions, mask);
        Assert.Equal(onlyMasked ? 5 : 3, state.TokenCount);
        var actual = model.Forward(latents, timestep, state, size, ratio);
        var bias = ((1 - mask) * -10_000).Unsqueeze(1); // the same mask, but as a bias that is added, with every token in place
        Close.Assert(model.Forward(latents, timestep, captions, bias, size, ratio), actual, Tolerance, "dropped");
    }

    [Fact]
    public void CaptionState_OutlivesTheScopeItWasMadeIn_AndServesEveryStep()
    {
        using var leak = new LeakCheck();
        using var noGrad = GradMode.Disable();
        using var model = new PixArtTransformer(Transformer, Store());
        using var outer = TensorScope.Begin();
        var (latents, timestep, captions, mask, size, ratio) = Inputs();
        using var state = model.EncodeCaptions(captions, mask);
        var first = model.Forward(latents, timestep, state, size, ratio);
        var before = LibTorch.LiveTensorCount;
        var second = model.Forward(latents, timestep, state, size, ratio);
        Assert.Equal(before + 1, LibTorch.LiveTensorCount);
        Close.Assert(first, second, 0, "second step");
    }

    [Fact]
    public void Forward_DoesNotTouchItsInputs()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var model = new PixArtTransformer(Transformer, Store());
        var (latents, timestep, captions, mask, size, ratio) = Inputs();
        Tensor[] inputs = [latents, timestep, captions, mask, size, ratio], copies = Array.ConvertAll(inputs, t => t.Clone());
        var first = model.Forward(latents, timestep, captions, mask, size, ratio);
        var second = model.Forward(latents, timestep, captions, mask, size, ratio);
        Close.Assert(first, second, 0, "again");
        for (var i = 0; i < inputs.Length; i++) Close.Assert(copies[i], inputs[i], 0, $"input {i}");
    }

    [Fact]
    public void Forward_WithGradients_EqualsWithout()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var model = new PixArtTransformer(Transformer, Store());
        model.Parameters.RequireGrad(true);
        var (latents, timestep, captions, mask, size, ratio) = Inputs();
        var training = model.Forward(latents, timestep, captions, mask, size, ratio);
        Assert.True(training.RequiresGrad);
        using var noGrad = GradMode.Disable();
        Close.Assert(model.Forward(latents, timestep, captions, mask, size, ratio), training, Tolerance, "with gradients");
    }

    [Fact]
    public void Forward_WithWrongInputs_NamesThem()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var model = new PixArtTransformer(Transformer, Store());
        var (latents, timestep, captions, mask, size, ratio) = Inputs();
        void Fails(string field, string expected, Func<Tensor> call)
        {
            var error = Assert.Throws<InvalidSettingException>(() => call());
            Assert.Equal((field, expected), (error.Field, error.Expected));
        }

        var pixels = $"[B, {Transformer.InChannels}, H, W] with H and W divisible by {Transformer.PatchSize}";
        Fails("latents", pixels, () => model.Forward(latents.Narrow(2, 0, 7), timestep, captions, mask, size, ratio));
        Fails("latents", pixels, () => model.Forward(latents.Narrow(1, 0, 3), timestep, captions, mask, size, ratio));
        Fails("captions", $"text features [B, L, {captions.Size(2)}]", () => model.Forward(latents, timestep, captions.Narrow(2, 0, 9), mask, size, ratio));
        Fails("captions", $"the latents' batch of {Batch}, or a multiple", () => model.Forward(latents, timestep, captions.Narrow(0, 0, 2), mask.Narrow(0, 0, 2), size, ratio));
        Fails("captionMask", $"[{Batch}, 5] or [{Batch}, 1, 5]", () => model.Forward(latents, timestep, captions, mask.Narrow(1, 0, 4), size, ratio));
        Fails("timestep", $"[{Batch}, 1]", () => model.Forward(latents, timestep.Narrow(0, 0, 2), captions, mask, size, ratio));
        Fails("resolution", $"[{Batch}, 2]", () => model.Forward(latents, timestep, captions, mask, size.Narrow(1, 0, 1), ratio));
        Fails("resolution", "a value: this model is conditioned on size and aspect ratio", () => model.Forward(latents, timestep, captions, mask, null, ratio));
        Fails("aspectRatio", "a value: this model is conditioned on size and aspect ratio", () => model.Forward(latents, timestep, captions, mask, size));
    }

    [Fact]
    public void Model_WithoutAFieldForConditions_HasThemWhereTheWeightsDo()
    {
        using var leak = new LeakCheck();
        var undecided = Transformer with { UseAdditionalConditions = null, SampleSize = 128 };
        using (var scratch = new PixArtTransformer(undecided, Scratch())) Assert.True(scratch.UsesAdditionalConditions);
        using (var scratch = new PixArtTransformer(undecided with { SampleSize = 64 }, Scratch())) Assert.False(scratch.UsesAdditionalConditions);
        using (var loaded = new PixArtTransformer(undecided with { SampleSize = 64 }, Store())) Assert.True(loaded.UsesAdditionalConditions);
        using (var loaded = new PixArtTransformer(undecided, new ParameterStore(new WithoutConditions()))) Assert.False(loaded.UsesAdditionalConditions);
    }

    [Fact]
    public void Model_FromScratch_StartsAsPixArtDoes()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var model = new PixArtTransformer(new PixArtTransformerConfig
        {
            NumAttentionHeads = 4,
            AttentionHeadDim = 48,
            CrossAttentionDim = 192,
            NumLayers = 2,
            CaptionChannels = 64,
            SampleSize = 32,
        }, Scratch());
        double Std(string name) => model.Parameters[name].Square().Mean().Sqrt().Item<float>();
        foreach (var zero in (string[])["proj_out.weight", "proj_out.bias", "transformer_blocks.0.attn2.to_out.0.weight", "transformer_blocks.1.attn1.to_q.bias"])
            Assert.Equal(0, Std(zero));
        foreach (var small in (string[])["adaln_single.linear.weight", "adaln_single.emb.timestep_embedder.linear_1.weight", "caption_projection.linear_2.weight"])
            Assert.InRange(Std(small), 0.019, 0.021);
        Assert.InRange(Std("transformer_blocks.0.scale_shift_table"), 0.9 / Math.Sqrt(192), 1.1 / Math.Sqrt(192));
        Assert.InRange(Std("transformer_blocks.0.attn1.to_q.weight"), 0.97 * Math.Sqrt(2.0 / 384), 1.03 * Math.Sqrt(2.0 / 384)); // Xavier
        Assert.InRange(Std("pos_embed.proj.weight"), 0.95 * Math.Sqrt(2.0 / 208), 1.05 * Math.Sqrt(2.0 / 208)); // on [192, 16]
    }

    [Fact]
    public void Parameters_WrittenAndRead_GiveTheSameModel()
    {
        using var leak = new LeakCheck();
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        var compressed = Transformer with { QkNorm = true, KvCompression = new KeyValueCompression(KeyValueSampling.Conv, 2, [1, 2]) };
        using var model = new PixArtTransformer(compressed, Store());
        model.FuseProjections(); // views are written as what they show
        SafetensorsWriter.Write(folder["model.safetensors"], [.. model.Parameters.Names.Select(name => TensorToWrite.FromTensor(name, model.Parameters[name]))]);
        using var source = WeightsSource.Open(folder["model.safetensors"]);
        using var read = new PixArtTransformer(PixArtTransformerConfig.Read(ConfigJson.Parse(compressed.ToJson(), "config.json")), new ParameterStore(source));
        source.EnsureAllUsed();
        var (latents, timestep, captions, mask, size, ratio) = Inputs();
        Close.Assert(model.Forward(latents, timestep, captions, mask, size, ratio), read.Forward(latents, timestep, captions, mask, size, ratio), Tolerance, "read again");
    }

    static ParameterStore Scratch() => new(initialize: new Generator(7));

    static (Tensor Latents, Tensor Timestep, Tensor Captions, Tensor Mask, Tensor Size, Tensor Ratio) Inputs() => (
        Noise(11, Batch, 4, 8, 12), Tensor.FromArray([10f, 500.5f, 999f], Batch), Noise(12, Batch, 5, 10),
        Tensor.FromArray([1L, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0], Batch, 5),
        Tensor.FromArray([64f, 96f, 128f, 128f, 100f, 50f], Batch, 2), Tensor.FromArray([0.67f, 1f, 2f], Batch, 1));

    sealed class WithoutConditions : IParameterSource
    {
        public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device) =>
            name.Contains("resolution", StringComparison.Ordinal) ? null : TensorScope.Release(Tensor.Zeros(shape));
    }
}
