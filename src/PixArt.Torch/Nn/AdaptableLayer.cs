namespace PixArt.Torch.Nn;

/// <summary>A layer that an adapter can be put on; <see cref="ParameterStore.Layers"/> finds it by name.</summary>
public abstract class AdaptableLayer
{
    private protected AdaptableLayer(ParameterScope scope) => scope.Register(this);

    /// <summary>[out, ..].</summary>
    public abstract Tensor Weight { get; }

    /// <summary>[out], or null.</summary>
    public abstract Tensor? Bias { get; }

    /// <summary>The adapter; null: none.</summary>
    public ILayerAdapter? Adapter { get; set; }

    /// <summary>An output of the layer's own product with the adapter's change, where there is one.</summary>
    public Tensor Adapt(Tensor input, Tensor output) => Adapter is { } adapter ? adapter.Adapt(input, output) : output;
}
