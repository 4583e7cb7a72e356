using PixArt.Imaging;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Checkpoints;
using PixArt.Training.Data;
using PixArt.Training.Optimization;
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
    readonly SampleOrder _order;

    /// <param name="recipe">What to do.</param>
    /// <param name="model">The model; disposed with this object.</param>
    /// <param name="images">The images; disposed with this object.</param>
    public AutoencoderTrainee(AutoencoderRecipe recipe, AutoencoderKL model, IImageData images)
    {
        (_recipe, _model, _images) = (recipe, model, images);
        _order = new(images.Count, recipe.Seed);
        model.Parameters.RequireGrad(true);
        Parameters = [.. model.Parameters.Names.Select(name => new TrainedTensor(name, model.Parameters[name]))];
    }

    public IReadOnlyList<TrainedTensor> Parameters { get; }

    public TrainingBatch Prepare(long pass)
    {
        var windows = new (Image Image, int X, int Y)[_recipe.BatchSize];
        for (var i = 0; i < windows.Length; i++) windows[i] = Window((pass * _recipe.BatchSize) + i);
        var (width, height) = (_recipe.Crop ?? windows[0].Image.Width, _recipe.Crop ?? windows[0].Image.Height);
        return new ImageBatch(PixelTensors.FromWindows(windows, width, height));
    }

    public Tensor Loss(TrainingBatch batch, long pass, LossStatistics statistics)
    {
        using var scope = TensorScope.Begin();
        var images = ((ImageBatch)batch).Images.To(_model.Parameters.Device);
        using var posterior = _model.Encode(images);
        using var noise = new RandomKey(_recipe.Seed, RandomPurpose.Posterior, pass).Generator();
        var loss = _recipe.Loss.Evaluate(images, _model.Decode(posterior.Sample(noise)), posterior.Mean, posterior.LogVariance);
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
        var originals = Enumerable.Range(0, SheetImages).Select(i => _images.Get(i % _images.Count)).ToArray();
        using var posterior = _model.Encode(PixelTensors.FromImages(originals).To(_model.Parameters.Device));
        var decoded = PixelTensors.ToImages(_model.Decode(posterior.Mean));
        return SampleSheet.Arrange([.. originals, .. decoded], SheetImages);
    }

    public void Dispose()
    {
        _model.Dispose();
        _images.Dispose();
    }

    (Image Image, int X, int Y) Window(long position)
    {
        var (index, _) = _order[position];
        var image = _images.Get(index);
        if (_recipe.Crop is not { } crop) return (image, 0, 0);
        if (crop > image.Width || crop > image.Height)
            throw new InvalidSettingException("crop", crop, $"at most the images' {Math.Min(image.Width, image.Height)} pixels");
        var random = new RandomKey(_recipe.Seed, RandomPurpose.Crop, position).Stream();
        return (image, (int)random.NextInt(image.Width - crop + 1), (int)random.NextInt(image.Height - crop + 1));
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
            using var posterior = _model.Encode(PixelTensors.FromImages([_images.Get(i)]).To(_model.Parameters.Device));
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
