using System.CommandLine;
using PixArt.Cli.Output;
using PixArt.Pipelines;
using PixArt.Text;

namespace PixArt.Cli.Generation;

/// <summary>Many pictures from few words: styles, lists of seeds, wishes inside prompts, and how they are shown together.</summary>
internal sealed class VariationFlags
{
    readonly Option<string?> _style = new("--style") { Description = $"Words around each prompt for a look: {string.Join(", ", PromptStyle.All.Select(style => style.Name))}.", HelpName = "name" };

    readonly Option<string?> _seeds = new("--seeds") { Description = "Every prompt with each of these seeds: 1,2,5-9.", HelpName = "list" };

    readonly Option<bool> _promptFlags = new("--prompt-flags") { Description = "Read --ar h:w, --aspect_ratio h:w and --hw h:w at the end of prompts, as the original PixArt programs do." };

    readonly Option<string?> _grid = new("--grid") { Description = "Also write one picture of all: a row for each prompt, a column for each seed.", HelpName = "picture" };

    readonly Option<string?> _preview = new("--preview") { Description = "While sampling, keep writing what it looks like so far to this file.", HelpName = "picture" };

    readonly Option<string?> _previewDecoder = new("--preview-decoder") { Description = "Folder or hub id of a tiny autoencoder (TAESD, TAESDXL) for finer previews.", HelpName = "folder|id" };

    public IEnumerable<Option> All => [_style, _seeds, _promptFlags, _grid, _preview, _previewDecoder];

    /// <summary>The list of seeds as written, if there is one.</summary>
    public string? Seeds(ParseResult line) => line.GetValue(_seeds);

    /// <summary>Where the sheet of all pictures goes, if one is wanted.</summary>
    /// <exception cref="PixArtException">No picture can have that name.</exception>
    public string? Grid(ParseResult line) => PictureFile(_grid, line);

    /// <summary>Where previews go, if they are wanted.</summary>
    /// <exception cref="PixArtException">No picture can have that name.</exception>
    public string? Preview(ParseResult line) => PictureFile(_preview, line);

    /// <summary>What previews are decoded with; null: the linear map.</summary>
    /// <exception cref="InvalidSettingException">There are no previews.</exception>
    public string? PreviewDecoder(ParseResult line) => line.GetValue(_previewDecoder) is not { } folder || line.GetValue(_preview) is not null
        ? line.GetValue(_previewDecoder) : throw new InvalidSettingException("--preview-decoder", folder, "--preview with it");

    /// <summary>The requests: one, or where prompts have wishes of their own, one for each run of prompts with the same.</summary>
    /// <exception cref="InvalidSettingException">A text is not what it should be.</exception>
    public IReadOnlyList<GenerationRequest> Apply(GenerationRequest request, ParseResult line, GenerationSettings? from)
    {
        request = request with
        {
            Style = line.GetValue(_style) ?? from?.Style,
            Seeds = line.GetValue(_seeds) is { } seeds ? SeedList.Parse(seeds) : null,
            Previews = line.GetValue(_preview) is not null,
        };
        return line.GetValue(_promptFlags) ? [.. Divided(request)] : [request];
    }

    static IEnumerable<GenerationRequest> Divided(GenerationRequest request)
    {
        var before = 0;
        PromptFlags[] flags = [.. request.Prompts.Select(PromptFlags.Parse)];
        while (before < flags.Length)
        {
            var first = flags[before];
            var same = flags.Skip(before).TakeWhile(f => f.AspectRatio.Equals(first.AspectRatio) && f.Size == first.Size).Select(f => f.Prompt).ToArray();
            var part = request with
            {
                Prompts = same,
                Seed = request.Seed is { } seed ? unchecked(seed + (ulong)(before * request.PicturesPerPrompt)) : null,
            };
            yield return Shaped(part, first);
            before += same.Length;
        }
    }

    // A size alone is cut out of a square, as the original programs do.
    static GenerationRequest Shaped(GenerationRequest request, PromptFlags flags) => flags switch
    {
        { Size: { } size } => request with { AspectRatio = flags.AspectRatio ?? 1, Height = size.Height, Width = size.Width },
        { AspectRatio: { } ratio } => request with { AspectRatio = ratio, Height = null, Width = null },
        _ => request,
    };

    static string? PictureFile(Option<string?> option, ParseResult line)
    {
        if (line.GetValue(option) is not { } path) return null;
        OutputPattern.CheckName(option.Name, path);
        return path;
    }
}
