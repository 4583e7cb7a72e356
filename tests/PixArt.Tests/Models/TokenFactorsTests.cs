using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Tests.Models;

/// <summary>Work that is spared without gradients, beside the work in full.</summary>
public sealed class TokenFactorsTests
{
    static readonly PixArtTransformerConfig Config = new()
    {
        NumLayers = 2,
        SampleSize = 32,
        UseAdditionalConditions = false,
        NumAttentionHeads = 8,
        AttentionHeadDim = 32,
        CrossAttentionDim = 256,
        CaptionChannels = 32,
    };

    static PixArtTransformer Model(PixArtTransformerConfig config, Generator generator)
    {
        var model = new PixArtTransformer(config, new ParameterStore(initialize: generator));
        using var noGrad = GradMode.Disable();
        foreach (var name in model.Parameters.Names) // nothing stands at zero or one
            if (model.Parameters[name].Rank == 1 || name is "proj_out.weight" || name.EndsWith("attn2.to_out.0.weight", StringComparison.Ordinal))
                model.Parameters[name].NormalInPlace(0, 0.1, generator);
        return model;
    }

    [Theory]
    [InlineData(16, 16, 1)]
    [InlineData(12, 24, 3)]
    public void Tokens_and_their_modulation_are_the_sums(int height, int width, int batch)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var generator = new Generator(1);
        using var parameters = new ParameterStore(initialize: generator);
        using var patches = new PatchEmbedding(parameters.Root, Config);
        parameters["proj.bias"].NormalInPlace(0, 1, generator);
        Tensor latents = Tensor.Randn([batch, 4, 2 * height, 2 * width], generator), shift = Tensor.Randn([1, 1, 256], generator), scale = Tensor.Randn([1, 1, 256], generator);
        var tokens = patches.Forward(latents, new(height, width));
        var factors = patches.Factors(latents, new(height, width))!.Value;
        Close.Assert(tokens, factors.Sum(factors.Rows), 1e-6, "tokens");
        var modulated = factors.Modulate(tokens, shift, scale, 1e-6);
        Close.Assert(Modulation.Apply(tokens, shift, scale, 1e-6, inPlace: false), modulated.Sum(modulated.Rows), 1e-6, "modulated");
        Close.Assert(Tensor.Ones([batch, height * width]), modulated.Coefficients.Sum([-1]), 1e-5, "coefficients add up to one");
    }

    [Theory]
    [InlineData(8, 8, 256)]
    [InlineData(1, 64, 256)]
    public void A_grid_with_few_tokens_is_left_as_it_is(int height, int width, int hidden) =>
        Assert.False(TokenFactors.Pay(17 + height + width, height * width, hidden));

    /// <summary>What a forward pass is given.</summary>
    public enum Given { Nothing, Perturbed, SoftMask, SelfMask, Timesteps, Joined, Compressed }

    // With gradients nothing is spared: no rows instead of tokens, no folded captions.
    [Theory]
    [InlineData(Given.Nothing, 32, 32)]
    [InlineData(Given.Nothing, 24, 48)]
    [InlineData(Given.Perturbed, 32, 32)]
    [InlineData(Given.SoftMask, 32, 32)]
    [InlineData(Given.SelfMask, 32, 32)]
    [InlineData(Given.Timesteps, 32, 32)]
    [InlineData(Given.Joined, 32, 32)]
    [InlineData(Given.Compressed, 32, 32)]
    public void A_forward_pass_gives_the_same(Given given, int height, int width)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var model = Model(given is Given.Compressed ? Config with { QkNorm = true, KvCompression = new(KeyValueSampling.Conv, 2, [0]) } : Config, generator);
        if (given is Given.Joined) using (GradMode.Disable()) model.FuseProjections();
        Tensor latents = Tensor.Randn([2, 4, height, width], generator), captions = Tensor.Randn([4, 9, 32], generator);
        var time = given is Given.Timesteps ? Tensor.Arange(100, 900, 200) : Tensor.Full([1], 300);
        // One token alone first, then captions of different lengths.
        var mask = Tensor.Stack([.. new[] { 1, 4, 9, 1 }.Select(tokens => Tensor.Cat([Tensor.Ones([tokens]), Tensor.Zeros([9 - tokens])]))]);
        if (given is Given.SoftMask) mask = Tensor.Rand([4, 9], generator) * 1e-3 + 0.999;
        IReadOnlySet<int>? perturbed = given is Given.Perturbed ? new HashSet<int> { 0 } : null;
        var seen = given is Given.SelfMask ? Tensor.Cat([Tensor.Ones([4, 200]), Tensor.Zeros([4, 56])], 1) : null;
        (Tensor Result, double Operations) Pass()
        {
            using var state = model.EncodeCaptions(captions, mask).Release();
            using var counter = OperationCounter.Begin();
            var result = model.Forward(latents, time, state, attentionMask: seen, perturbedBlocks: perturbed);
            return (result, counter.Total);
        }
        var full = Pass();
        using var noGrad = GradMode.Disable();
        var spared = Pass();
        Close.Assert(full.Result, spared.Result, 1e-5, given.ToString());
        Assert.True(spared.Operations < full.Operations);
    }

    [Fact]
    public void Captions_prepared_without_gradients_serve_with_them()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using var model = Model(Config, generator);
        Tensor latents = Tensor.Randn([2, 4, 16, 16], generator), captions = Tensor.Randn([2, 9, 32], generator), time = Tensor.Full([1], 300);
        var mask = Tensor.Cat([Tensor.Ones([1, 1]), Tensor.Zeros([1, 8]), Tensor.Ones([1, 9])], 1).View(2, 9);
        CaptionState Prepared() => model.EncodeCaptions(captions, mask).Release();
        (Tensor Result, Tensor Gradient) Pass(CaptionState state)
        {
            var input = latents.Clone();
            input.RequiresGrad = true;
            var result = model.Forward(input, time, state);
            result.Square().Mean().Backward();
            return (result, input.Grad!);
        }
        using var full = Prepared();
        var noGrad = GradMode.Disable();
        using var folded = Prepared();
        noGrad.Dispose();
        var (expected, actual) = (Pass(full), Pass(folded));
        Close.Assert(expected.Result, actual.Result, 1e-5, "result");
        Close.Assert(expected.Gradient, actual.Gradient, 1e-5, "gradient");
    }
}
