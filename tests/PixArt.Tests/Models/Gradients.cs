using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Tests.Models;

static class Gradients
{
    /// <summary>Gradients by golden names: <c>w/…</c> of parameters, <c>in/…</c> of inputs.</summary>
    public static Dictionary<string, double[]> Of(ParameterStore parameters, params (string Name, Tensor Tensor)[] inputs)
    {
        var named = parameters.Names.Select(name => ($"w/{name}", parameters[name])).Concat(inputs.Select(input => ($"in/{input.Name}", input.Tensor)));
        var found = new Dictionary<string, double[]>(StringComparer.Ordinal);
        foreach (var (name, tensor) in named)
        {
            using var gradient = tensor.Grad;
            if (gradient is not null) found[name] = Close.Doubles(gradient);
        }

        return found;
    }
}
