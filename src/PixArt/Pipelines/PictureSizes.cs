namespace PixArt.Pipelines;

/// <summary>The sizes of a plan, in pixels.</summary>
/// <param name="Size">Of the pictures.</param>
/// <param name="Canvas">Of what is decoded and resized: the picture, or a reference and the picture side by side.</param>
/// <param name="Sampled">Of what is sampled: a trained size, or the canvas itself.</param>
/// <param name="IsBinned">Whether it is a trained size.</param>
sealed record PictureSizes(
    (int Height, int Width) Size, (int Height, int Width) Canvas, (int Height, int Width) Sampled, bool IsBinned)
{
    /// <summary>Decides.</summary>
    /// <exception cref="InvalidSettingException">The model cannot make the size.</exception>
    public static PictureSizes Of(GenerationRequest request, PipelineFolder model)
    {
        var scale = model.Autoencoder.DownsampleFactor;
        var (native, unit) = (model.Transformer.SampleSize * scale, scale * model.Transformer.PatchSize);
        var bins = BinsOf(model, request.ResolutionBinning);
        // A picture to start from or to follow lends its shape where nothing is said.
        var ratio = request.AspectRatio
            ?? (request is { Width: null, Height: null } && (request.Image?.Image ?? request.Control?.Image) is { } image
                ? (double)image.Height / image.Width : null);
        (int Height, int Width)? shaped = ratio is { } wanted ? OfRatio(wanted, bins, native, unit) : null;
        var size = shaped is { } shape && request is { Width: null, Height: null }
            ? shape : (Height: request.Height ?? native, Width: request.Width ?? native);
        var canvas = request.Reference is null ? size : size with { Width = 2 * size.Width };
        var sampled = request.Reference is null && shaped is { } chosen ? chosen : bins?.Closest(canvas.Height, canvas.Width) ?? canvas;
        CheckDivisible("height", sampled.Height, unit);
        CheckDivisible("width", sampled.Width, unit);
        return new(size, canvas, sampled, bins is not null);
    }

    // The trained size of nearest shape, or about as many pixels as the model was trained for.
    static (int Height, int Width) OfRatio(double ratio, AspectRatioBins? bins, int native, int unit)
    {
        if (bins?.Closest(ratio) is { } bin) return (bin.Height, bin.Width);
        return (Rounded(native * Math.Sqrt(ratio)), Rounded(native / Math.Sqrt(ratio)));

        int Rounded(double pixels) => Math.Max(1, (int)Math.Round(pixels / unit)) * unit;
    }

    static AspectRatioBins? BinsOf(PipelineFolder model, bool? wanted)
    {
        if (wanted == false) return null;
        var bins = AspectRatioBins.ForSampleSize(model.Transformer.SampleSize);
        // The tables hold pixels of autoencoders that shrink eight times.
        if (wanted is null && bins?.Side != model.Transformer.SampleSize * model.Autoencoder.DownsampleFactor) return null;
        return bins ?? throw new InvalidSettingException(
            "resolution binning", "on", $"off: there are trained sizes for sample_size 32, 64, 128 and 256, this model has {model.Transformer.SampleSize}");
    }

    static void CheckDivisible(string field, int pixels, int unit)
    {
        if (pixels % unit != 0) throw new InvalidSettingException(field, pixels, $"a multiple of {unit}");
    }
}
