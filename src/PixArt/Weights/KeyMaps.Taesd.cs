namespace PixArt.Weights;

public static partial class KeyMaps
{
    /// <summary>TAESD's own decoder file, a plain list of layers, to the names of diffusers' <c>AutoencoderTiny</c>, whose list lacks the
    /// clamp at the beginning.</summary>
    /// <param name="layers">Entries of the list, at most: 20 as released.</param>
    public static KeyMap TaesdDecoder(int layers) => new(
        "TAESD decoder layout", [.. Enumerable.Range(1, layers).Select(i => new KeyRule($"{Text(i)}.*", $"decoder.layers.{Text(i - 1)}.*"))]);

    /// <summary>TAESD's own encoder file to the names of diffusers' <c>AutoencoderTiny</c>.</summary>
    public static KeyMap TaesdEncoder { get; } = new("TAESD encoder layout", [new("{}.*", "encoder.layers.{}.*")]);
}
