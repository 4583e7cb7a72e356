using System.Text.Json.Nodes;
using PixArt.Models;
using PixArt.Text;
using PixArt.Torch;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Recipes;
using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.Training.Features.Repository;

/// <summary>Computes text features into the repositories' .npz files. Files that are there and whole are left as they are.</summary>
/// <param name="recipe">What to do.</param>
/// <param name="set">The captions.</param>
/// <param name="paths">Where features go.</param>
/// <param name="tokenizer">Cuts captions to the layout's length.</param>
/// <param name="encoder">Reads them.</param>
sealed class TextExtraction(FeatureRecipe recipe, IPictureSet set, FeaturePaths paths, ICaptionTokenizer tokenizer, T5Encoder encoder)
{
    const string NullName = "uncond_prompt_embeds";
    readonly int _length = recipe.MaxTokens ?? paths.Tokens;

    /// <summary>Computes a rank's share.</summary>
    public void Run(int rank, int world, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        FeatureSettings.Claim(Path.Combine(paths.Root, "pixart-text.json"), new JsonObject
        {
            ["layout"] = recipe.Layout.ToString(),
            ["tokens"] = _length,
            ["captions"] = recipe.Data.Captions.ToString(),
            ["precision"] = recipe.Precision.ToString(),
            ["textEncoder"] = ComponentHash.Of(recipe.TextEncoder!),
        });
        if (rank == 0) WriteNull();
        Captions(isLong: false, rank, world, new FeatureProgress(progress, "encoding captions"), cancel);
        if (recipe.LongCaptions) Captions(isLong: true, rank, world, new FeatureProgress(progress, "encoding long captions"), cancel);
    }

    void Captions(bool isLong, int rank, int world, FeatureProgress progress, CancellationToken cancel)
    {
        var mine = Enumerable.Range(0, set.Count).Where(i => i % world == rank && Caption(i, isLong) is not null).ToArray();
        var pending = mine.AsParallel().AsOrdered().Where(i => !IsThere(paths.Text(set.NameOf(i), isLong))).ToArray();
        var done = mine.Length - pending.Length;
        progress.Report((done, mine.Length));
        foreach (var batch in pending.Chunk(recipe.BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var captions = CaptionBatch.From([.. batch.Select(i => recipe.Data.Captions.Apply(Caption(i, isLong)!))], tokenizer);
            var (features, tokens) = Encode(captions);
            var each = features.Length / batch.Length;
            ParallelLoop.Run(batch.Length, i => FeatureFiles.WriteText(
                paths.Text(set.NameOf(batch[i]), isLong), features.AsSpan(i * each, each / (int)captions.Mask.Size(1) * tokens[i]), tokens[i], _length, paths.IsSigma));
            progress.Report((done += batch.Length, mine.Length));
        }
    }

    string? Caption(int index, bool isLong) => isLong ? set.TextOf(index).Long : set.TextOf(index).Short;

    bool IsThere(string path)
    {
        try
        {
            using var archive = NumpyArchive.Open(path);
            return archive.Has(FeatureFiles.TextName) && archive.Has(FeatureFiles.MaskName)
                && archive[FeatureFiles.MaskName].Shape is [1, var length] && length == _length;
        }
        catch (PixArtException)
        {
            return false;
        }
    }

    // [B, L, C] as numbers, and the real tokens of each caption.
    (float[] Features, int[] Tokens) Encode(CaptionBatch captions)
    {
        using var off = GradMode.Disable();
        using var cast = Autocast.Begin(recipe.Precision.Small());
        using var scope = TensorScope.Begin();
        var there = captions.To(encoder.Parameters.Device);
        var features = encoder.Forward(there.Ids!, there.Mask).To(ScalarType.Float32).Cpu().ToArray<float>();
        var length = (int)captions.Mask.Size(1);
        return (features, [.. captions.Mask.ToArray<long>().Chunk(length).Select(mask => (int)mask.Sum())]);
    }

    void WriteNull()
    {
        var path = paths.NullText(_length);
        if (File.Exists(path)) return;
        using var captions = CaptionBatch.From([""], tokenizer);
        var (features, tokens) = Encode(captions);
        var width = features.Length / tokens[0];
        var padded = new float[_length * width];
        features.CopyTo(padded, 0);
        var mask = new long[_length];
        mask.AsSpan(0, tokens[0]).Fill(1);
        using var embeds = Tensor.FromArray(padded, 1, _length, width);
        using var marks = Tensor.FromArray(mask, 1, _length);
        PickleWriter.Write(path, [TensorToWrite.FromTensor(NullName, embeds), TensorToWrite.FromTensor($"{NullName}_mask", marks)], section: null);
    }
}
