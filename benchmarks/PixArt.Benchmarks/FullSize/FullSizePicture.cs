using System.Diagnostics;
using PixArt.Pipelines;

namespace PixArt.Benchmarks.FullSize;

/// <summary>Makes one picture in this process and times its phases.</summary>
internal static class FullSizePicture
{
    private const string Prompt = "a red fox to the left of a large tree in a green meadow, watercolour";

    /// <summary>Runs.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="expert">The second expert's folder, or empty.</param>
    /// <param name="guided">20 guided steps, of which two are made; otherwise 4 steps of LCM, and the picture.</param>
    /// <param name="budget">Memory to plan for, bytes.</param>
    public static async Task<FullSizeResult> RunAsync(string folder, string expert, bool guided, long budget)
    {
        var request = new GenerationRequest
        {
            Prompts = [Prompt],
            Width = 1024,
            Height = 1024,
            ResolutionBinning = false,
            Seed = 1,
            MaxSequenceLength = 120,
            Steps = guided ? 20 : 4,
            GuidanceScale = guided ? 4.5 : 1,
            Scheduler = guided ? "dpm++" : "lcm",
        };
        var plan = MemoryPlan.For(folder, new PipelineOptions { ExpertFolder = expert.Length == 0 ? null : expert }, [request], budget);
        foreach (string line in plan.Lines) Console.Error.WriteLine(line);
        using var stop = new CancellationTokenSource();
        var clock = new Clock(report =>
        {
            if (guided && report is { Stage: PipelineStage.Sampling, Done: 2 }) stop.Cancel();
        });
        using PixArtPipeline pipeline = await PixArtPipeline.LoadAsync(folder, plan.Options, clock, stop.Token).ConfigureAwait(false);
        try
        {
            await pipeline.GenerateAsync(request, clock, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (guided)
        {
            // Two steps are enough to tell what all of them take.
        }

        return new FullSizeResult(clock.TextSeconds, [.. clock.StepSeconds], clock.DecodeSeconds, Measure.PeakBytes(), plan.Peak);
    }

    // Reports come on the thread that computes, as things happen.
    private sealed class Clock(Action<PipelineProgress> then) : IProgress<PipelineProgress>
    {
        private readonly Stopwatch watch = Stopwatch.StartNew();
        private double mark;

        public double TextSeconds { get; private set; }

        public List<double> StepSeconds { get; } = [];

        public double DecodeSeconds { get; private set; }

        public void Report(PipelineProgress value)
        {
            double now = watch.Elapsed.TotalSeconds, passed = now - mark;
            mark = now;
            if (value is { Stage: PipelineStage.EncodingText, Done: > 0 }) TextSeconds += passed;
            if (value is { Stage: PipelineStage.Sampling, Done: > 0 }) StepSeconds.Add(passed);
            if (value is { Stage: PipelineStage.Decoding, Done: > 0 }) DecodeSeconds += passed;
            then(value);
        }
    }
}
