using PixArt.Torch;

namespace PixArt.Training.Recipes;

/// <summary>Computes features of pictures and captions into the PixArt repositories' own files.</summary>
public sealed record FeatureRecipe : TrainingRecipe
{
    /// <summary>Pictures and captions: dataInfo, sam or folder. Size and buckets follow from layout and resolution.</summary>
    public DataRecipe Data { get; set; } = new() { Kind = DataKind.DataInfo };

    /// <summary>How files are named, and what is in them.</summary>
    public FeatureLayout Layout { get; set; } = FeatureLayout.SigmaMultiScale;

    /// <summary>Side of the square in pixels, or of the table of sizes: 256, 512, 1024, 2048 or 2880.</summary>
    public int Resolution { get; set; } = 512;

    /// <summary>The autoencoder's component folder; null computes no latents.</summary>
    public string? Autoencoder { get; set; }

    /// <summary>The HED network's weights, <c>ControlNetHED.pth</c>: the latents of edges are computed too, for layout alphaEdges; null computes
    /// none.</summary>
    public string? Hed { get; set; }

    /// <summary>Who makes the latents of layout <see cref="FeatureLayout.Dmd"/> out of captions and noise; null with the others.</summary>
    public TeacherRecipe? Teacher { get; set; }

    /// <summary>The text encoder's component folder; null computes no text features.</summary>
    public string? TextEncoder { get; set; }

    /// <summary>The folder of the tokenizer.</summary>
    public string? Tokenizer { get; set; }

    /// <summary>Tokens of a caption, or null: the layout's own number, 120 (α) or 300 (Σ).</summary>
    public int? MaxTokens { get; set; }

    /// <summary>Computes the features of long captions too, where the layout has a folder for them (Σ).</summary>
    public bool LongCaptions { get; set; }

    /// <summary>Pictures or captions that are encoded together, 1 or more.</summary>
    public int BatchSize { get; set; } = 8;

    /// <summary>Where the models live: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    public string Device { get; set; } = "cpu";

    /// <summary>What matrix products and convolutions compute in.</summary>
    public ComputePrecision Precision { get; set; }

    /// <summary>Threads of an operation on the CPU, or null for libtorch's own choice.</summary>
    public int? Threads { get; set; }

    /// <summary>The data as this extraction sees them.</summary>
    internal DataRecipe SizedData => Data with
    {
        Size = Resolution,
        Buckets = Layout is FeatureLayout.AlphaMultiScale or FeatureLayout.SigmaMultiScale ? Resolution : null,
    };

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Data.Validate();
        new FeatureFilesRecipe { Layout = Layout, Resolution = Resolution }.Validate(Data);
        var teaches = Layout == FeatureLayout.Dmd;
        Require(Teacher is null || teaches, "teacher", "given", "null, or layout dmd, whose latents a teacher makes");
        Require(Autoencoder is null || !teaches, "autoencoder", Autoencoder, "null, as a teacher makes the latents of layout dmd");
        Require(
            (teaches ? (object?)Teacher : Autoencoder) is not null || TextEncoder is not null, teaches ? "teacher" : "autoencoder", null,
            teaches ? "a model here, or a component folder in 'textEncoder'" : "a component folder here, or in 'textEncoder'");
        Teacher?.Validate();
        Require(Hed is null || Layout == FeatureLayout.AlphaEdges, "hed", Hed, "null, or layout alphaEdges, which has a folder for edges");
        Require(Hed is null || Autoencoder is not null, "autoencoder", null, "a component folder, which encodes the edges that 'hed' finds");
        Require(TextEncoder is null || Tokenizer is not null, "tokenizer", Tokenizer, "the folder of the text encoder's tokenizer");
        Require(MaxTokens is null or >= 2, "maxTokens", MaxTokens, "2 or more, or null");
        Require(!LongCaptions || Layout is FeatureLayout.Sigma or FeatureLayout.SigmaMultiScale, "longCaptions", LongCaptions, "false, or a layout of Σ");
        Require(BatchSize >= 1, "batchSize", BatchSize, "1 or more");
        Require(Threads is null or >= 1, "threads", Threads, "1 or more");
        Require(!Data.Flip && Data.Crop != CropRule.Random, "data", Data.Flip ? "flip" : Data.Crop, "no flip and no random crop: features are computed once");
        _ = Torch.Device.Parse(Device);
    }
}
