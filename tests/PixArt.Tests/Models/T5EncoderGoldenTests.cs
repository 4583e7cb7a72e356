using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Models;

public sealed class T5EncoderGoldenTests
{
    const double Tolerance = 1e-5;

    [Theory]
    [GoldenCases("t5/")]
    public void Forward_OfAPublishedCase_GivesThePublishedFeatures(string entry, string name)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        using var tensors = new CaseTensors(golden, name);
        using var model = Load(golden);
        using var noGrad = GradMode.Disable();
        using var features = model.Forward(tensors["in/input_ids"], tensors.Optional("in/attention_mask"));
        tensors.Assert("out/last_hidden_state", features, Tolerance);
    }

    [Theory]
    [GoldenEntries("t5/")]
    public void Buckets_AreThePublishedOnes(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var config = Config(golden);
        Close.Equal(
            Array.ConvertAll(golden.Doubles("buckets/out/bucket"), v => (long)v),
            Array.ConvertAll(golden.Doubles("buckets/in/relative_position"), v =>
                (long)T5Encoder.Bucket((int)v, config.RelativeAttentionNumBuckets, config.RelativeAttentionMaxDistance)),
            $"{entry}\tbuckets");
    }

    [Theory]
    [GoldenEntries("t5/")]
    public void Config_ReadsWhatItWrites(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var config = Config(golden);
        Assert.Equal(config, T5EncoderConfig.Read(ConfigJson.Parse(config.ToJson(), "config.json")));
    }

    [Theory]
    [GoldenEntries("t5/")]
    public void Backward_WithCheckpointing_GivesTheSameGradients(string entry)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        Dictionary<string, double[]> Run(bool checkpointing)
        {
            using var tensors = new CaseTensors(golden, golden.CaseNames[0]);
            using var model = Load(golden);
            model.Parameters.RequireGrad(true);
            model.GradientCheckpointing = checkpointing;
            using var scope = TensorScope.Begin();
            model.Forward(tensors["in/input_ids"], tensors.Optional("in/attention_mask")).Square().Mean().Backward();
            return Gradients.Of(model.Parameters);
        }

        var (plain, checkpointed) = (Run(false), Run(true));
        using var names = Load(golden);
        Assert.Equal(names.Parameters.Names.Count, plain.Count);
        foreach (var (name, gradient) in plain) Close.Assert(gradient, checkpointed[name], 1e-5, $"{entry}\t{name}");
    }

    [Fact]
    public void Embedding_UnderItsOtherName_IsFound()
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(GoldenSet.Open().Under("t5/").First().Name);
        using var model = new T5Encoder(Config(golden), new ParameterStore(new OtherEmbeddingName(golden.Weights()), device: TestDevice.Current));
        Assert.True(model.Parameters.TryGet("encoder.embed_tokens.weight", out _));
        Assert.False(model.Parameters.TryGet("shared.weight", out _));
    }

    sealed class OtherEmbeddingName(IParameterSource inner) : IParameterSource
    {
        public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device) => name switch
        {
            "shared.weight" => null,
            "encoder.embed_tokens.weight" => inner.Load("shared.weight", shape, dtype, device),
            _ => inner.Load(name, shape, dtype, device),
        };
    }

    static T5EncoderConfig Config(Golden golden) => T5EncoderConfig.Read(ConfigJson.Parse(golden.Config.GetRawText(), golden.Name));

    static T5Encoder Load(Golden golden) => new(Config(golden), golden.Store());
}
