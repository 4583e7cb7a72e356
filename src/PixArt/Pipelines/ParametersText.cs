using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PixArt.Pipelines;

/// <summary>The text that AUTOMATIC1111's web UI keeps in a PNG's <c>parameters</c>.</summary>
static class ParametersText
{
    internal static string Of(GenerationSettings settings)
    {
        var lines = new List<string> { settings.Prompt };
        if (settings.NegativePrompt.Length > 0) lines.Add($"Negative prompt: {settings.NegativePrompt}");
        (string Name, object? Value)[] values =
        [
            ("Steps", settings.Steps),
            ("Sampler", SamplerName(settings.Scheduler)),
            ("CFG scale", settings.GuidanceScale),
            ("Style", settings.Style),
            ("CFG Rescale", settings.GuidanceRescale),
            ("PAG scale", settings.PagScale),
            ("Denoising strength", settings.Strength),
            ("Seed", settings.Seed),
            ("Size", $"{settings.Width}x{settings.Height}"),
            ("Model", settings.Model is { } model ? Path.GetFileName(Path.TrimEndingDirectorySeparator(model)) : null),
            ("Refiner", settings.Expert is { } expert ? Path.GetFileName(Path.TrimEndingDirectorySeparator(expert)) : null),
            ("Refiner switch at", settings.Split is { } split ? 1 - split / 1000.0 : null),
            ("Adapters", settings.Adapters is { } adapters ? string.Join(", ", adapters.Select(Adapter)) : null),
            ("Eta", settings.Eta),
            ("Version", settings.Version is { } version ? $"PixArt.NET {version}" : null),
        ];
        lines.Add(string.Join(", ", values.Where(v => v.Value is not null).Select(v => $"{v.Name}: {Quoted(v.Value!)}")));
        return string.Join('\n', lines);
    }

    static string Adapter(AdapterChoice adapter) => string.Create(
        CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(adapter.Path))} {adapter.Weight}");

    static string SamplerName(string scheduler) => scheduler switch
    {
        "dpm++" => "DPM++ 2M",
        "sa-solver" => "SA Solver",
        "unipc" => "UniPC",
        "deis" => "DEIS",
        "ddim" or "ddpm" or "lms" or "lcm" or "pndm" or "tcd" or "dmd" => scheduler.ToUpperInvariant(),
        "euler" => "Euler",
        "euler-a" => "Euler a",
        "heun" => "Heun",
        "dpm-solver-adaptive" => "DPM adaptive",
        "dpm2" => "DPM2",
        "dpm2-a" => "DPM2 a",
        _ => scheduler,
    };

    // Its reader splits the line at commas and colons unless a value is a JSON string.
    static string Quoted(object value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture)!;
        return text.AsSpan().ContainsAny(",:\n\"")
            ? $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\""
            : text;
    }
}
