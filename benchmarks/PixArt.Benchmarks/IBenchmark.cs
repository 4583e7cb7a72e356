namespace PixArt.Benchmarks;

/// <summary>One measurement.</summary>
internal interface IBenchmark
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>Measures in this process.</summary>
    BenchmarkResult Run();
}
