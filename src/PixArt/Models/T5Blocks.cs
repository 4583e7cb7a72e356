using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>The blocks of a <see cref="T5Encoder"/>, wherever they are.</summary>
abstract class T5Blocks
{
    /// <summary>Uses a block; it is good during the call only.</summary>
    /// <param name="layer">Its number, from 0.</param>
    /// <param name="use">Uses it.</param>
    public abstract void Use(int layer, Action<T5Block> use);

    protected static string PrefixOf(int layer) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"encoder.block.{layer}.");

    protected static T5Block Build(T5EncoderConfig config, ParameterStore store, int layer) =>
        new(store.Root.Sub("encoder").Sub("block", layer).Sub("layer"), config);
}

/// <summary>All blocks in memory.</summary>
sealed class T5LoadedBlocks(T5EncoderConfig config, ParameterStore parameters) : T5Blocks
{
    readonly T5Block[] _blocks = [.. Enumerable.Range(0, config.NumLayers).Select(layer => Build(config, parameters, layer))];

    public override void Use(int layer, Action<T5Block> use) => use(_blocks[layer]);
}

/// <summary>One block in memory at a time; while it computes, the source reads the next one ahead.</summary>
sealed class T5BlockStream : T5Blocks
{
    readonly T5EncoderConfig _config;
    readonly ParameterStore _parameters;

    public T5BlockStream(T5EncoderConfig config, ParameterStore parameters)
    {
        if (parameters.IsFromScratch) throw new ArgumentException("blocks that are not in a source cannot be left there", nameof(parameters));
        (_config, _parameters) = (config, parameters);
        using var checkedOnly = parameters.Beside(source => new ShapesOnly(source));
        for (var layer = 0; layer < config.NumLayers; layer++) Build(config, checkedOnly, layer);
    }

    public override void Use(int layer, Action<T5Block> use)
    {
        if (layer + 1 < _config.NumLayers) _parameters.Prefetch(PrefixOf(layer + 1));
        try
        {
            using var own = _parameters.Beside();
            use(Build(_config, own, layer));
        }
        finally
        {
            _parameters.Release(PrefixOf(layer));
        }
    }

    // Tensors of the right shape that take no memory.
    sealed class ShapesOnly(IParameterSource source) : IParameterSource
    {
        public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
        {
            if (!source.Holds(name, shape)) return null;
            using var scope = TensorScope.Begin();
            return TensorScope.Release(Tensor.Zeros([1], dtype).Expand(shape));
        }

        public Exception Missing(string name, long[] shape) => source.Missing(name, shape);
    }
}
