using PixArt.Diffusion;
using PixArt.Pipelines;
using PixArt.Training.Features;
using PixArt.Training.Objectives;

namespace PixArt.Training.Tests;

public sealed class ModelBranchingTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    static string Parent => GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(400)]
    [InlineData(700, 150, 400)]
    public async Task The_branches_are_the_parent_to_the_last_bit_until_they_are_trained(params int[] borders)
    {
        using var leak = new LeakCheck();
        var made = ModelBranching.Write(Parent, _folder["branched"], borders);
        Assert.Equal(borders.Length + 1, made.Count);
        var manifest = ExpertManifest.Read(_folder["branched/experts.json"]);
        Assert.Equal(made.Select(e => e.Name), manifest.Experts.Select(e => e.Name), StringComparer.Ordinal);
        Assert.All(manifest.Experts, e => Assert.Equal(ComponentHash.Of(Path.Combine(Parent, "transformer")), e.ParentSha256));
        foreach (var expert in manifest.Experts)
        {
            var said = ExpertInterval.Read(_folder[$"branched/{expert.Weights}"]);
            Assert.Equal((expert.Interval[0], expert.Interval[1], PredictionTarget.Epsilon), (said.Low, said.High, said.Prediction));
        }

        var request = new GenerationRequest { Prompts = ["a fox"], Steps = 6, Seed = 5 };
        using var parent = await PixArtPipeline.LoadAsync(Parent);
        using var branched = await PixArtPipeline.LoadAsync(_folder["branched"]);
        using var expected = await parent.SampleAsync(request);
        using var actual = await branched.SampleAsync(request);
        Assert.Equal(expected.ToArray<float>(), actual.ToArray<float>());
    }

    [Fact]
    public void Experts_do_not_branch_again()
    {
        ModelBranching.Write(Parent, _folder["pair"], [400]);
        var error = Assert.Throws<InvalidSettingException>(() => ModelBranching.Write(_folder["pair"], _folder["more"], [200]));
        Assert.EndsWith("expected one without experts.json: experts branch from one transformer", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidSettingException>(() => ModelBranching.Write(Parent, _folder["pair"], [400]));
        Assert.Equal(["pair"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName), StringComparer.Ordinal);
    }
}
