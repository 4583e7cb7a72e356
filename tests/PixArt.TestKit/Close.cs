using System.Globalization;
using PixArt.Torch;
using Xunit;
using Xunit.Sdk;

namespace PixArt.TestKit;

/// <summary>Comparison with reference values by ‖actual − expected‖ / ‖expected‖ (Frobenius; where the reference is zero
/// throughout, ‖actual‖). The same infinity or NaN in both is equal; in one of them, infinitely wrong. Each comparison is
/// a line <c>case error tolerance ok</c> (tabs between) in the test's output and in the file that
/// <c>PIXART_GOLDENS_REPORT</c> names.</summary>
public static class Close
{
    static readonly Lock s_report = new();

    public static double RelativeError(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        double difference = 0, size = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            double e = expected[i], a = actual[i];
            if (double.IsFinite(e)) size += e * e;
            if (e.Equals(a)) continue;
            if (!double.IsFinite(e) || !double.IsFinite(a)) return double.PositiveInfinity;
            difference += (a - e) * (a - e);
        }

        return Math.Sqrt(size > 0 ? difference / size : difference);
    }

    public static void Assert(
        ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string label)
    {
        if (expected.Length != actual.Length)
        {
            Report(label, double.PositiveInfinity, tolerance);
            throw new XunitException($"{label}: expected {expected.Length} numbers, found {actual.Length}");
        }

        var error = RelativeError(expected, actual);
        if (Report(label, error, tolerance)) return;
        var at = Farthest(expected, actual);
        throw new XunitException(string.Create(
            CultureInfo.InvariantCulture,
            $"{label}: relative error {error:g4}, tolerance {tolerance:g4}; farthest at {at}: expected {expected[at]:r}, found {actual[at]:r}"));
    }

    public static void Assert(double expected, double actual, double tolerance, string label) =>
        Assert([expected], [actual], tolerance, label);

    /// <summary>Compares tensors of any type and device; shapes must be the same.</summary>
    public static void Assert(Tensor expected, Tensor actual, double tolerance, string label)
    {
        if (!expected.Shape.AsSpan().SequenceEqual(actual.Shape))
        {
            Report(label, double.PositiveInfinity, tolerance);
            throw new XunitException($"{label}: expected shape [{string.Join(", ", expected.Shape)}], found [{string.Join(", ", actual.Shape)}]");
        }

        Assert(Doubles(expected), Doubles(actual), tolerance, label);
    }

    /// <summary>Compares a tensor with one of a golden.</summary>
    public static void Assert(Golden golden, string tensor, Tensor actual, double tolerance, string? label = null)
    {
        using var expected = golden.Tensor(tensor);
        Assert(expected, actual, tolerance, label ?? $"{golden.Name}\t{tensor}");
    }

    /// <summary>A tensor's values as doubles, row-major.</summary>
    public static double[] Doubles(Tensor tensor)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        return tensor.Detach().To(Device.Cpu, ScalarType.Float64).Contiguous().ToArray<double>();
    }

    public static void Equal(ReadOnlySpan<long> expected, ReadOnlySpan<long> actual, string label)
    {
        var same = expected.SequenceEqual(actual);
        Report(label, same ? 0 : double.PositiveInfinity, 0);
        if (!same)
            throw new XunitException($"{label}: expected [{string.Join(", ", expected.ToArray())}], found [{string.Join(", ", actual.ToArray())}]");
    }

    /// <summary>Writes a line of the report; true when the error is within the tolerance.</summary>
    public static bool Report(string label, double error, double tolerance)
    {
        var ok = error <= tolerance;
        var line = string.Create(CultureInfo.InvariantCulture, $"{label}\t{error:g4}\t{tolerance:g4}\t{(ok ? "ok" : "FAIL")}");
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Environment.GetEnvironmentVariable("PIXART_GOLDENS_REPORT") is { Length: > 0 } path)
        {
            lock (s_report) File.AppendAllText(path, line + "\n");
        }

        return ok;
    }

    static int Farthest(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        var (at, most) = (0, -1.0);
        for (var i = 0; i < expected.Length; i++)
        {
            if (expected[i].Equals(actual[i])) continue;
            var distance = Math.Abs(expected[i] - actual[i]);
            if (!double.IsFinite(distance)) return i;
            if (distance > most) (at, most) = (i, distance);
        }

        return at;
    }
}
