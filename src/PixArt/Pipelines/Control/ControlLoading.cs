using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>Builds what turns a picture into a ControlNet's condition, and the ControlNet.</summary>
static class ControlLoading
{
    /// <summary>How the released file is called.</summary>
    public const string HedFile = "ControlNetHED.pth";

    /// <summary>What the parts are called among those that come from the hub.</summary>
    public const string ControlPart = "controlnet", HedPart = "hed";

    // Released files carry the base too: that is the released PixArt-α, and the pipeline has a transformer of its own.
    static readonly string[] s_base = ["transformer_blocks.*", "pos_embed.*", "adaln_single.*", "caption_projection.*", "proj_out.*", "scale_shift_table", "y_embedder.*"];

    /// <summary>Checks, before any work, that a request's condition can be read.</summary>
    /// <exception cref="PixArtException">A model is not named, not there, or does not fit.</exception>
    public static void Check(GenerationRequest request, PipelineFolder facts, PipelineOptions options)
    {
        CheckModel(facts, options);
        if (request.Control is not { } control) return;
        if (options.ControlModel is null) throw new InvalidSettingException("control model", null, "a ControlNet's weights file or folder, as there is a control picture");
        if (control.Kind == ControlKind.Hed) HedPath(facts, options);
    }

    /// <summary>Checks that the ControlNet, where one is named, is there and fits the transformer.</summary>
    public static void CheckModel(PipelineFolder facts, PipelineOptions options)
    {
        if (options.ControlModel is not null) Open(facts, options).Dispose();
    }

    /// <summary>The ControlNet's files.</summary>
    public static ControlFiles Open(PipelineFolder facts, PipelineOptions options) => ControlFiles.Open(PlaceOf(facts, options)!, options.Variant, facts.Transformer);

    public static PixArtControlNet ControlNet(PipelineFolder facts, PipelineOptions options)
    {
        using var files = Open(facts, options);
        var store = new ParameterStore(files.Source, TypeOf(facts, options), options.Device, keepStored: options.KeepStoredWeights || files.Source.IsQuantized);
        return Built(store, () => new PixArtControlNet(files.Config, facts.Transformer, store), files.Source, s_base);
    }

    public static HedNetwork Hed(PipelineFolder facts, PipelineOptions options)
    {
        using var source = WeightsSource.Open(HedPath(facts, options));
        var store = new ParameterStore(source, ScalarType.Float32, options.Device);
        return Built(store, () => new HedNetwork(store), source, []);
    }

    static string? PlaceOf(PipelineFolder facts, PipelineOptions options) =>
        options.ControlModel is { } model ? facts.PlaceOf(new(ControlPart, model)) : null;

    static TModel Built<TModel>(ParameterStore store, Func<TModel> build, WeightsSource source, string[] extras)
    {
        try
        {
            var model = build();
            source.EnsureAllUsed(extras);
            return model;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The number format of the ControlNet: whatever its file holds, that of the transformer that it stands beside.</summary>
    public static ScalarType TypeOf(PipelineFolder facts, PipelineOptions options)
    {
        if (options.DType is { } asked) return asked;
        if (!options.Device.IsCuda) return ScalarType.Float32;
        using var source = facts.Component(facts.Experts is { } manifest ? manifest.Experts[0].Weights : "transformer").OpenWeights(options.Variant);
        return ComponentLoading.FloatingType(source);
    }

    /// <summary>The HED network's weights: where the options say, else beside the ControlNet's.</summary>
    public static string HedPath(PipelineFolder facts, PipelineOptions options)
    {
        var named = options.HedModel is { } hed ? facts.PlaceOf(new(HedPart, hed)) : null;
        var control = PlaceOf(facts, options);
        var folder = named ?? (Directory.Exists(control) ? control : Path.GetDirectoryName(control));
        if (File.Exists(named)) return named;
        if (Path.Combine(folder ?? "", HedFile) is var file && File.Exists(file)) return file;
        throw new InvalidSettingException("HED model", named, named is null
            ? $"{HedFile} or its path: it is not beside the control model" : $"{HedFile}, or a folder with it");
    }
}
