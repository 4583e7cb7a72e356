using System.CommandLine;
using System.Globalization;
using PixArt.Pipelines;

namespace PixArt.Cli.Generation;

/// <summary>Pictures to start from, and the shape of those that are made.</summary>
internal sealed class PictureFlags
{
    readonly Option<string?> _image = new("--image", "-i") { Description = "Start from this picture instead of noise (--strength says how far it may change).", HelpName = "picture" };

    readonly Option<double?> _strength = new("--strength") { Description = "How far --image may change, above 0 to 1 (0.8; with --mask or --reference 1)." };

    readonly Option<string?> _mask = new("--mask") { Description = "Paint --image anew where this picture is white, keep it where it is black.", HelpName = "picture" };

    readonly Option<string?> _reference = new("--reference") { Description = "Take over the look of this picture.", HelpName = "picture" };

    readonly Option<string?> _aspect = new("--aspect") { Description = "Shape instead of a size, width first: 16:9 or 0.75.", HelpName = "W:H" };

    public IEnumerable<Option> All => [_image, _strength, _mask, _reference, _aspect];

    /// <summary>Whether a shape is asked for, which replaces the size of a repeated picture.</summary>
    public bool SayShape(ParseResult line) => line.GetValue(_aspect) is not null;

    /// <summary>The request with what the line says, or else the picture that is repeated.</summary>
    /// <exception cref="PixArtException">A picture cannot be read, or is another than the repeated picture was made from.</exception>
    public GenerationRequest Apply(GenerationRequest request, ParseResult line, GenerationSettings? from)
    {
        // What is said replaces what the repeated picture started from.
        var before = line.GetValue(_image) is null && line.GetValue(_reference) is null ? from : null;
        return request with
        {
            Image = Load(line.GetValue(_image), "--image", before?.Image, before?.ImageSha256),
            Mask = Load(line.GetValue(_mask), "--mask", before?.Mask, before?.MaskSha256),
            Reference = Load(line.GetValue(_reference), "--reference", before?.Reference, before?.ReferenceSha256),
            Strength = line.GetValue(_strength) ?? before?.Strength,
            AspectRatio = line.GetValue(_aspect) is { } aspect ? Aspect(aspect) : from?.AspectRatio,
        };
    }

    static InputPicture? Load(string? given, string option, string? before, string? sha256)
    {
        if ((given ?? before) is not { } path) return null;
        var picture = InputPicture.Load(path);
        if (given is null && sha256 is not null && !string.Equals(picture.Sha256, sha256, StringComparison.OrdinalIgnoreCase))
            throw new InvalidSettingException(option, path, "the file as it was when the picture of --from was made; name another with this option");
        return picture;
    }

    // Requests have height by width, as PixArt's tables do.
    static double Aspect(string text)
    {
        var parts = text.Split(':');
        if (parts.Length is 1 or 2 && Number(parts[0]) is { } width && (parts.Length == 1 ? 1 : Number(parts[1])) is { } height) return height / width;
        throw new InvalidSettingException("--aspect", text, "width by height, as 16:9 or 1.5");
    }

    static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
