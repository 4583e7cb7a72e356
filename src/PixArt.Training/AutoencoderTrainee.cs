using PixArt.Imaging;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Checkpoints;
using PixArt.Training.Data;
using PixArt.Training.Optimization;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>Trains an AutoencoderKL on random crops of images.</summary>
sealed class AutoencoderTrainee : ITrainee
{
    /// <summary>Images of a sheet.</summary>
    const int SheetImages = 8;

    readonly AutoencoderRecipe _recipe;
    readonly AutoencoderKL _model;
    readonly IImageData _images;
    readonly BatchOrder _order;
    readonly BatchShare _share;

    /// <param name="recipe">What to do.</param>
    /// <param name="model">The model; disposed with this object.</param>
    /// <param name="images">The images; disposed with this object.</param>
    /// <param name="share">This process's part of every batch; null: all of it.</param>
    public AutoencoderTrainee(AutoencoderRecipe recipe, AutoencoderKL model, IImageData images, BatchShare? share = null)
    {
        (_recipe, _model, _images, _share) = (recipe, model, images, share ?? BatchShare.Whole);
        _order = new(images.Groups, recipe.BatchSize, recipe.Seed);
        model.Parameters.RequireGrad(true);
        Parameters = [.. model.Parameters.Names.Select(name => new TrainedTensor(name, model.Parameters[name]))];
    }

    public IReadOnlyList<TrainedTensor> Parameters { get; }

    public TrainingBatch Prepare(long pass)
    {
        var samples = _share.Of(_order[pass]);
        var pictures = new Image[samples.Length];
        var first = (pass * _recipe.BatchSize) + (_share.Rank * samples.Length);
        ParallelLoop.Run(pictures.Length, i => pictures[i] = Window(samples[i], first + i));
        return new ImageBatch(ImageTensors.ToTensor(pictures));
    }

    public Tensor Loss(TrainingBatch batch, long pass, LossStatistics statistics)
    {
        using var scope = TensorScope.Begin();
        var images = ((ImageBatch)batch).Images.To(_model.Parameters.Device);
        using var posterior = _model.Encode(images);
        using var noise = new RandomKey(_recipe.Seed, RandomPurpose.Posterior, pass).Generator();
        var loss = _recipe.Loss.Evaluate(images, _model.Decode(posterior.Sample(new BatchNoise(noise, _share).Normal(posterior.Mean.Shape, posterior.Mean.DType))), posterior.Mean, posterior.LogVariance);
        statistics.Add("absolute", Value(loss.Absolute));
        statistics.Add("square", Value(loss.Square));
        statistics.Add("gradient", Value(loss.Gradient));
        statistics.Add("divergence", Value(loss.Divergence));
        statistics.Add("psnr", 10 * Math.Log10(4 / Math.Max(Value(loss.Square), 1e-12)));
        return scope.Keep(loss.Total);
    }

    public void Export(string folder, long step)
    {
        var config = _recipe.ScalingSamples == 0 ? _model.Config : _model.Config with { ScalingFactor = 1 / Spread() };
        ComponentWriter.Write(Path.Combine(folder, "vae"), config.ToJson(), ComponentWriter.Diffusers, _model.Parameters);
    }

    public Image? Sheet()
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var group = _images.Groups[0];
        var originals = Enumerable.Range(0, SheetImages).Select(i => _images.Get(group[i % group.Count])).ToArray();
        using var posterior = _model.Encode(ImageTensors.ToTensor(originals, _model.Parameters.Device));
        var decoded = ImageTensors.FromTensor(_model.Decode(posterior.Mean));
        return SampleSheet.Arrange([.. originals, .. decoded], SheetImages);
    }

    public void Dispose()
    {
        _model.Dispose();
        _images.Dispose();
    }

    Image Window(SampleVisit sample, long position)
    {
        var image = _images.Get(sample.Index, sample.Visit);
        if (_recipe.Crop is not { } crop) return image;
        if (crop > image.Width || crop > image.Height)
            throw new InvalidSettingException("crop", crop, $"at most the images' {Math.Min(image.Width, image.Height)} pixels");
        var random = new RandomKey(_recipe.Seed, RandomPurpose.Crop, position).Stream();
        return image.Crop((int)random.NextInt(image.Width - crop + 1), (int)random.NextInt(image.Height - crop + 1), crop, crop);
    }

    /// <summary>Standard deviation of latents over all their elements.</summary>
    double Spread()
    {
        using var off = GradMode.Disable();
        double sum = 0, squares = 0;
        long count = 0;
        for (var i = 0L; i < Math.Min(_recipe.ScalingSamples, _images.Count); i++)
        {
            using var scope = TensorScope.Begin();
            using var posterior = _model.Encode(ImageTensors.ToTensor(_images.Get(i), _model.Parameters.Device));
            foreach (var value in posterior.Mean.ToArray<float>())
            {
                sum += value;
                squares += (double)value * value;
                count++;
            }
        }

        var mean = sum / count;
        return Math.Sqrt(Math.Max((squares / count) - (mean * mean), 1e-12));
    }

    static double Value(Tensor scalar) => scalar.Detach().Cpu().Item<float>();

    sealed class ImageBatch(Tensor images) : TrainingBatch
    {
        public Tensor Images { get; } = images;

        protected override void Dispose(bool disposing) => Images.Dispose();
    }
}
