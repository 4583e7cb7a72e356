using System.CommandLine;
using PixArt.Pipelines;

namespace PixArt.Cli.Generation;

/// <summary>What can be said to `pixart generate` about a picture to follow.</summary>
internal sealed class ControlFlags
{
    readonly Option<string?> _control = new("--control") { Description = "Picture to follow: hed=photo.jpg or gradient=photo.jpg (its edges), edges=map.png (an edge map), image=any.png (as it is); none for none.", HelpName = "kind=picture" };

    readonly Option<string?> _model = new("--control-model") { Description = "ControlNet that reads it: a weights file, a component folder, or one of these on the hub (owner/name, owner/name:file).", HelpName = "path|id" };

    readonly Option<double?> _strength = new("--control-strength") { Description = "How strongly it is followed, 0 to 2 (1)." };

    readonly Option<string?> _hedModel = new("--hed-model") { Description = "Weights of the HED edge detector (ControlNetHED.pth beside the control model), a file or on the hub.", HelpName = "path|id" };

    /// <summary>All options, in the order of the help.</summary>
    public IEnumerable<Option> All => [_control, _model, _strength, _hedModel];

    /// <summary>The picture to follow, read; null: none.</summary>
    /// <exception cref="PixArtException">It is of no known kind, or cannot be read.</exception>
    public ControlCondition? Condition(ParseResult line, GenerationSettings? from) =>
        ControlText.Read(line.GetValue(_control), line.GetValue(_strength), from);

    /// <summary>The ControlNet, if it is named.</summary>
    public string? Model(ParseResult line) => line.GetValue(_model);

    /// <summary>The HED detector's weights, if they are named.</summary>
    public string? HedModel(ParseResult line) => line.GetValue(_hedModel);
}
