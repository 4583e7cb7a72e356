namespace PixArt.Text;

/// <summary>A look that is added to a prompt: words around it, and words to steer away from.</summary>
/// <param name="Name">How it is asked for, such as <c>pixel-art</c>.</param>
/// <param name="Template">The text with <c>{prompt}</c> in the prompt's place.</param>
/// <param name="Negative">What such pictures do not show; may be empty.</param>
public sealed record PromptStyle(string Name, string Template, string Negative)
{
    const string Slot = "{prompt}";

    /// <summary>
    /// The styles by the names of PixArt's demos, <c>none</c> first. The words are this project's own; the demos' pictures need the demos' words.
    /// </summary>
    public static IReadOnlyList<PromptStyle> All { get; } =
    [
        new("none", Slot, ""),
        new("cinematic", "film still of {prompt}, shot on 35 mm with shallow focus, dramatic light, rich colour grading, fine grain", "drawing, cartoon, render, flat light, snapshot, text"),
        new("photographic", "photograph of {prompt}, sharp focus, natural light, true colours, high detail, professional camera", "drawing, painting, render, cartoon, blur, noise"),
        new("anime", "anime picture of {prompt}, clean line art, cel shading, bright colours, key visual of a studio film", "photograph, realistic skin, 3d render, blur, dull colours"),
        new("manga", "manga panel of {prompt}, black ink on white paper, screentone shading, strong outlines, dynamic composition", "colour, photograph, 3d render, blur, gradients"),
        new("digital-art", "digital illustration of {prompt}, concept art, crisp brushwork, painterly light, much detail", "photograph, realism, grain, blur, amateur"),
        new("pixel-art", "pixel art of {prompt}, low resolution sprites, limited palette, hard edges, 16-bit video game", "photograph, smooth gradients, blur, realism, high detail"),
        new("fantasy-art", "fantasy painting of {prompt}, otherworldly and epic, glowing light, ornate detail, mood of legend", "photograph, modern objects, plain, realism, blur"),
        new("neonpunk", "neon-lit cyberpunk scene of {prompt}, magenta and cyan glow, wet reflections, night city, sleek future", "daylight, pastel, drawing, dull colours, blur"),
        new("3d-model", "3d model of {prompt}, studio render, physically based materials, soft global illumination, clean geometry", "photograph, drawing, sketch, noise, low polygon count"),
    ];

    /// <summary>The style of a name; case, spaces and dashes do not matter.</summary>
    /// <exception cref="InvalidSettingException">There is none.</exception>
    public static PromptStyle Find(string name) =>
        All.FirstOrDefault(style => string.Equals(Letters(style.Name), Letters(name), StringComparison.OrdinalIgnoreCase))
        ?? throw new InvalidSettingException("style", name, string.Join(", ", All.Select(style => style.Name)));

    /// <summary>The prompt with the style's words around it.</summary>
    public string Apply(string prompt) => Template.Replace(Slot, prompt, StringComparison.Ordinal);

    /// <summary>The style's negative words, then those of a negative prompt.</summary>
    public string ApplyNegative(string negative) => Negative.Length == 0 ? negative : negative.Length == 0 ? Negative : $"{Negative}, {negative}";

    static string Letters(string name) => name.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
}
