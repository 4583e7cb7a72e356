using System.Text.Json.Nodes;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Builds models for training: from a component folder, or from random values.</summary>
static class ModelLoading
{
    public static AutoencoderKL Autoencoder(JsonObject? model, string? from, Device device, ulong seed) =>
        Build(model, from, device, seed, AutoencoderKLConfig.Read, (config, store) => new AutoencoderKL(config, store));

    public static PixArtTransformer Transformer(
        JsonObject? model, string? from, Device device, ulong seed, ScalarType type = ScalarType.Float32) =>
        Build(model, from, device, seed, PixArtTransformerConfig.Read, (config, store) => new PixArtTransformer(config, store), type);

    public static T5Encoder TextEncoder(
        JsonObject? model, string? from, Device device, ulong seed, ScalarType type = ScalarType.Float32) =>
        Build(model, from, device, seed, T5EncoderConfig.Read, (config, store) => new T5Encoder(config, store), type);

    /// <summary>The recipe's shape wins over the folder's; weights that fit neither are refused by the source. What compression of keys and values adds
    /// begins with its initial values where the folder has none of it, as it does in PixArt-Σ's training.</summary>
    static TModel Build<TConfig, TModel>(
        JsonObject? model, string? from, Device device, ulong seed, Func<ConfigJson, TConfig> parse,
        Func<TConfig, ParameterStore, TModel> create, ScalarType type = ScalarType.Float32)
        where TModel : Module
    {
        using var generator = new RandomKey(seed, RandomPurpose.Initialization).Generator();
        if (from is null) return Over(new(null, type, device, generator), store => create(parse(Given(model!)), store));
        var folder = new ComponentFolder(from);
        using var source = folder.OpenWeights();
        var config = parse(model is null ? folder.Config() : Given(model));
        return Over(new(new CopiedParameters(source, KeyValueCompression.Adds), type, device, generator), store =>
        {
            var built = create(config, store);
            source.EnsureAllUsed();
            return built;
        });
    }

    /// <summary>Builds a model over a store, which is disposed if that fails.</summary>
    public static TModel Over<TModel>(ParameterStore store, Func<ParameterStore, TModel> create)
        where TModel : Module
    {
        try
        {
            return create(store);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    static ConfigJson Given(JsonObject model) => ConfigJson.Parse(model.ToJsonString(), "the recipe's model");
}
