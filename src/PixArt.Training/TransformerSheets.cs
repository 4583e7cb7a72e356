using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Objectives;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>Draws a recipe's prompts, always from the same noise, with a transformer as it is now.</summary>
/// <param name="recipe">What is trained.</param>
/// <param name="parts">The models and data; they stay their owner's.</param>
/// <param name="batches">Reads captions.</param>
/// <param name="inputs">Makes of them what the transformer is told.</param>
/// <param name="process">The noise schedule.</param>
sealed class TransformerSheets(TransformerRecipe recipe, TransformerParts parts, TransformerBatches batches, TransformerInputs inputs, DiffusionProcess process)
{
    Device Device => parts.Transformer.Parameters.Device;

    /// <summary>Draws them.</summary>
    /// <param name="student">How a student of few steps makes latents of noise and what it is told; null: by guided steps.</param>
    /// <returns>The pictures side by side; null where there are no prompts.</returns>
    public Image? Draw(Func<Tensor, DenoiserInputs, Generator, Tensor>? student)
    {
        var prompts = recipe.Report.Prompts;
        if (prompts.Count == 0) return null;
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var posterior = new RandomKey(recipe.Seed, RandomPurpose.Posterior).Generator();
        using var generator = new RandomKey(recipe.Seed, RandomPurpose.Sample).Generator();
        // Samples of one size.
        var group = parts.Latents.Groups[0];
        SampleVisit[] samples = [.. prompts.Select((_, i) => new SampleVisit(group[i % group.Count], 0))];
        var real = parts.Latents.Read(samples, posterior).To(Device);
        using var captions = batches.ForGuidance(prompts, samples);
        using var conditions = batches.Conditions(parts.Latents, samples);
        var told = inputs.Of(captions, conditions) with { Control = inputs.Signal(parts.Conditions?.Read(samples, posterior)) };
        var noise = Tensor.Randn(real.Shape, generator).To(Device);
        var latents = student is null
            ? Sampler().Sample(real, noise, (x, t) => Guided(x, t, told))
            : student(noise, told with { Text = told.Text.Narrow(0, 0, prompts.Count), Mask = told.Mask.Narrow(0, 0, prompts.Count) }, generator);
        return SampleSheet.Arrange(ImageTensors.FromTensor(parts.Autoencoder.Decode(parts.Autoencoder.Unscale(latents))), Math.Min(prompts.Count, 8));
    }

    // With its peers over the whole schedule, alone over its own timesteps.
    IntervalSampler Sampler() => new(
        process, parts.Peers.Count == 0 ? recipe.Timesteps : new(0, process.Steps), recipe.Objective.Target, recipe.Report.SampleSteps);

    // Prediction under classifier-free guidance; the second half of the captions is empty.
    Tensor Guided(Tensor latents, long timestep, DenoiserInputs told)
    {
        using var scope = TensorScope.Begin();
        var model = parts.Peers.FirstOrDefault(peer => peer.Timesteps.Contains(timestep))?.Model ?? parts.Transformer;
        var output = told.Ask(model, Tensor.Cat([latents, latents], 0), Tensor.FromArray([timestep], 1).To(Device));
        var halves = output.Narrow(1, 0, latents.Size(1)).Chunk(2, 0);
        return scope.Keep(halves[1] + ((halves[0] - halves[1]) * recipe.Report.Guidance));
    }
}
