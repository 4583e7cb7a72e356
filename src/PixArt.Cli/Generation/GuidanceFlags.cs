using System.CommandLine;
using System.Globalization;
using PixArt.Diffusion;
using PixArt.Pipelines;

namespace PixArt.Cli.Generation;

/// <summary>How a prompt steers, beyond the scale.</summary>
internal sealed class GuidanceFlags
{
    readonly Option<double?> _rescale = new("--guidance-rescale") { Description = "Share of the guided spread that is taken back, 0 to 1 (0): against over-exposed pictures." };

    readonly Option<string?> _interval = new("--guidance-interval") { Description = "The timesteps that are guided, as 200-800; all when not given.", HelpName = "low-high" };

    readonly Option<double?> _pag = new("--pag") { Description = "Strength of perturbed-attention guidance; mostly 3; off when not given." };

    readonly Option<double?> _pagAdaptive = new("--pag-adaptive") { Description = "How much --pag falls with each timestep below 1000 (0)." };

    readonly Option<string?> _pagLayers = new("--pag-layers") { Description = $"Its blocks, between commas: 13, 8-12, or a pattern as in diffusers ({PerturbedAttentionOptions.DefaultLayer}).", HelpName = "blocks" };

    public IEnumerable<Option> All => [_rescale, _interval, _pag, _pagAdaptive, _pagLayers];

    /// <summary>The request with what the line says, or else the picture that is repeated.</summary>
    /// <exception cref="InvalidSettingException">A text is not what it should be.</exception>
    public GenerationRequest Apply(GenerationRequest request, ParseResult line, GenerationSettings? from) => request with
    {
        GuidanceRescale = line.GetValue(_rescale) ?? from?.GuidanceRescale,
        GuidanceInterval = (line.GetValue(_interval) ?? from?.GuidanceInterval) is { } interval ? Interval(interval) : null,
        PerturbedAttention = Perturbed(line, from),
    };

    PerturbedAttentionOptions? Perturbed(ParseResult line, GenerationSettings? from)
    {
        var (adaptive, layers) = (line.GetValue(_pagAdaptive), line.GetValue(_pagLayers));
        if ((line.GetValue(_pag) ?? from?.PagScale) is { } scale)
        {
            return new()
            {
                Scale = scale,
                AdaptiveScale = adaptive ?? from?.PagAdaptiveScale ?? 0,
                Layers = (layers ?? from?.PagLayers ?? PerturbedAttentionOptions.DefaultLayer).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            };
        }
        if (adaptive is not null) throw new InvalidSettingException("--pag-adaptive", adaptive, "--pag with it");
        return layers is null ? null : throw new InvalidSettingException("--pag-layers", layers, "--pag with it");
    }

    static TimestepInterval Interval(string text)
    {
        var ends = text.Split('-');
        if (ends.Length == 2 && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var low)
            && int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out var high))
            return new(low, high);
        throw new InvalidSettingException("--guidance-interval", text, "two timesteps, as 200-800: the first, and the first above");
    }
}
