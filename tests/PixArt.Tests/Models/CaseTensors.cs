using PixArt.Torch;

namespace PixArt.Tests.Models;

/// <summary>The tensors of one golden case by short names such as <c>in/timestep</c>; disposes what it handed out.</summary>
sealed class CaseTensors(Golden golden, string name) : IDisposable
{
    readonly Dictionary<string, Tensor> handedOut = new(StringComparer.Ordinal);

    public bool Has(string key) => golden.Has($"{name}/{key}");

    public Tensor this[string key]
    {
        get
        {
            if (!handedOut.TryGetValue(key, out var tensor)) handedOut[key] = tensor = golden.Tensor($"{name}/{key}");
            return tensor;
        }
    }

    public Tensor? Optional(string key) => Has(key) ? this[key] : null;

    public IEnumerable<string> Under(string prefix) => golden.TensorNames
        .Where(key => key.StartsWith($"{name}/{prefix}", StringComparison.Ordinal)).Select(key => key[(name.Length + 1 + prefix.Length)..]);

    public void Assert(string key, Tensor actual, double tolerance, string how = "") =>
        Close.Assert(golden, $"{name}/{key}", actual, tolerance, $"{golden.Name}\t{name}/{key}{(how.Length == 0 ? "" : $" ({how})")}");

    /// <summary>Compares gradients. A gradient that is zero in exact arithmetic (a key's bias shifts every score alike) is
    /// rounding noise in the reference, so each is measured against at least a hundredth of a percent of all of them.</summary>
    public void AssertGradients(IReadOnlyDictionary<string, double[]> actual, double tolerance, string how)
    {
        var names = Under("grad/").ToArray();
        var floor = 1e-4 * Math.Sqrt(names.Sum(key => golden.Doubles($"{name}/grad/{key}").Sum(v => v * v)));
        foreach (var key in names)
        {
            var expected = golden.Doubles($"{name}/grad/{key}");
            Xunit.Assert.True(actual.ContainsKey(key), $"no gradient of {key}");
            var difference = Math.Sqrt(expected.Zip(actual[key], (e, a) => (e - a) * (e - a)).Sum());
            var error = difference / Math.Max(Math.Sqrt(expected.Sum(v => v * v)), floor);
            var label = $"{golden.Name}\t{name}/grad/{key} ({how})";
            Xunit.Assert.True(Close.Report(label, error, tolerance), $"{label}: relative error {error:g4}, tolerance {tolerance:g4}");
        }
    }

    public void Dispose()
    {
        foreach (var tensor in handedOut.Values) tensor.Dispose();
    }
}
