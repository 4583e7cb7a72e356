using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>Converts models between files and folders, layouts and number formats. One tensor (and its converted copy) is in memory at a
/// time; the output is whole or not there.</summary>
public static class WeightsConversion
{
    /// <summary>Converts.</summary>
    /// <param name="input">A weights file, a component's folder, or a pipeline's folder.</param>
    /// <param name="output">A file (<c>.pth</c>, <c>.pt</c>, <c>.bin</c>, <c>.ckpt</c>, <c>.safetensors</c>), or a folder that is not there
    /// yet. Of a pipeline's folder a file takes the transformer (with its ControlNet, if there is one).</param>
    /// <param name="options">How; the usual when null.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <returns>What was read.</returns>
    /// <exception cref="InvalidSettingException">A setting is out of range, or one is missing that the weights do not tell.</exception>
    /// <exception cref="WeightsException">The input is damaged, not whole, or holds more than the model.</exception>
    /// <exception cref="PixArtException">The output cannot be written.</exception>
    public static WeightsIdentity Convert(string input, string output, ConversionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(input);
        ArgumentException.ThrowIfNullOrEmpty(output);
        var given = (options ?? new()).Validate();
        var pipeline = File.Exists(Path.Combine(input, ModelFolder.IndexName));
        if (pipeline && given.Base is not null) throw new InvalidSettingException("base", given.Base, "a single model as input, not a whole pipeline");
        if (ComponentOutput.IsFile(output))
        {
            if (given.Base is not null) throw new InvalidSettingException("base", given.Base, "a folder as output");
            using var one = pipeline ? PipelineConversion.OpenTransformer(input, given) : Whole(input, given);
            ComponentOutput.WriteFile(one, Cancellable(one.Tensors(given), cancellation), output, given);
            return one.Identity;
        }

        if (given.Average is not null) throw new InvalidSettingException("average", given.Average, "a PyTorch file in the original layout as output, which has a part for it");
        using var component = pipeline ? PipelineConversion.OpenTransformer(input, given) : Whole(input, given);
        NewFolder.Write(output, folder =>
        {
            if (pipeline) PipelineConversion.Write(input, folder, given, replaced: null, cancellation);
            else if (given.Base is { } other) PipelineConversion.Write(other, folder, given, component, cancellation);
            else ComponentOutput.WriteFolder(component, Cancellable(component.Tensors(given), cancellation), folder, given);
        });
        return component.Identity;
    }

    /// <summary>A model that is whole, or a file of nothing known, which is taken as it is.</summary>
    internal static OpenComponent Whole(string path, ConversionOptions options)
    {
        var component = OpenComponent.Open(path, options);
        try
        {
            component.Identity.EnsureWhole(component.Weights);
            return component;
        }
        catch
        {
            component.Dispose();
            throw;
        }
    }

    internal static IEnumerable<TensorToWrite> Cancellable(IEnumerable<TensorToWrite> tensors, CancellationToken cancellation) =>
        tensors.Select(tensor => tensor with
        {
            WriteBytes = stream =>
            {
                cancellation.ThrowIfCancellationRequested();
                tensor.WriteBytes(stream);
            },
        });
}
