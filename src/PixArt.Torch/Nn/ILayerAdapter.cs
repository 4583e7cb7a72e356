namespace PixArt.Torch.Nn;

/// <summary>Changes what a layer gives: an adapter under training, with parameters of its own.</summary>
public interface ILayerAdapter
{
    /// <summary>The changed output.</summary>
    /// <param name="input">What the layer was given.</param>
    /// <param name="output">What the layer made of it.</param>
    /// <returns>The shape of <paramref name="output"/>, which may be returned itself.</returns>
    Tensor Adapt(Tensor input, Tensor output);
}
