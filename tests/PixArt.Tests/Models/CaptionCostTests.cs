using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Tests.Models;

/// <summary>What a short prompt costs at each step, in operations, beside the published way: padded to the full length, keys and values
/// computed at every step.</summary>
public sealed class CaptionCostTests
{
    const int Words = 15;

    // PixArt-XL/2 at 256 pixels, but for the number of blocks, which are all alike.
    static PixArtTransformerConfig Large(int blocks) => new() { NumLayers = blocks, SampleSize = 32, UseAdditionalConditions = false };

    // Guided, the empty text goes along: its end token alone.
    static (double Published, double Ours, double Error) Step(int blocks, int padded, bool isGuided)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var model = new PixArtTransformer(Large(blocks), new ParameterStore(initialize: generator));
        var initialising = GradMode.Disable();
        foreach (var parameter in model.Parameters.Tensors)
            if (parameter.Rank == 1) parameter.NormalInPlace(0, 0.1, generator); // biases are not zero in trained models
        foreach (var name in model.Parameters.Names.Where(n => n.EndsWith("attn2.to_out.0.weight", StringComparison.Ordinal) || n is "proj_out.weight"))
            model.Parameters[name].NormalInPlace(0, 0.03, generator);
        var batch = isGuided ? 2 : 1;
        Tensor latents = Tensor.Randn([1, 4, 32, 32], generator), time = Tensor.Full([1], 500), captions = Tensor.Randn([batch, padded, 4096], generator);
        Tensor Mask(int tokens) => Tensor.Cat([Tensor.Ones([1, tokens]), Tensor.Zeros([1, padded - tokens])], 1);
        var mask = isGuided ? Tensor.Cat([Mask(1), Mask(Words)]) : Mask(Words);
        initialising.Dispose();
        using var published = OperationCounter.Begin(); // with gradients, nothing is spared
        var expected = model.Forward(latents.Repeat(batch, 1, 1, 1), time, captions, ((1 - mask) * -10000).Unsqueeze(1));
        published.Dispose();
        using var noGrad = GradMode.Disable();
        using var prepared = model.EncodeCaptions(captions, mask).Release();
        using var ours = OperationCounter.Begin();
        var actual = model.Forward(latents, time, prepared);
        ours.Dispose();
        return (published.Total, ours.Total, Close.RelativeError(Close.Doubles(expected), Close.Doubles(actual)));
    }

    // Σ pads to 300 tokens, α to 120.
    [Theory]
    [InlineData(300, false, 0.73)]
    [InlineData(120, false, 0.815)]
    [InlineData(300, true, 0.72)]
    [InlineData(120, true, 0.8)]
    public void A_prompt_of_15_tokens_at_256_pixels_takes_fewer_operations_a_step(int padded, bool isGuided, double most)
    {
        var (one, two) = (Step(1, padded, isGuided), Step(2, padded, isGuided));
        double Of28(double first, double second) => first + (27 * (second - first));
        var share = Of28(one.Ours, two.Ours) / Of28(one.Published, two.Published);
        TestContext.Current.TestOutputHelper?.WriteLine($"padded to {padded}, guided {isGuided}: {share:P2} of {Of28(one.Published, two.Published):g4} operations");
        Assert.InRange(share, 0.5, most);
        Assert.InRange(two.Error, 0, 1e-5);
    }

    // With and without one modulation for all, which is what allows the first self-attention to run once.
    [Theory]
    [InlineData(1, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    public void Latents_of_a_smaller_batch_are_repeated(int timesteps, bool gradients)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using GradModeGuard? mode = gradients ? null : GradMode.Disable();
        using var generator = new Generator(4);
        using var model = new PixArtTransformer(Large(2) with { NumAttentionHeads = 4, CrossAttentionDim = 288, CaptionChannels = 32 }, new ParameterStore(initialize: generator));
        foreach (var name in model.Parameters.Names.Where(n => n.EndsWith("attn2.to_out.0.weight", StringComparison.Ordinal) || n is "proj_out.weight"))
            using (GradMode.Disable()) model.Parameters[name].NormalInPlace(0, 0.03, generator);
        Tensor latents = Tensor.Randn([2, 4, 8, 8], generator), captions = Tensor.Randn([4, 6, 32], generator), time = Tensor.Arange(0, timesteps) * 200 + 100;
        using var prepared = model.EncodeCaptions(captions).Release();
        var expected = model.Forward(Tensor.Cat([latents, latents]), time, prepared);
        Close.Assert(expected, model.Forward(latents, time, prepared), 1e-6, "repeated");
    }
}
