namespace PixArt.Training.Data.Scenes;

/// <summary>A picture with transparency, straight alpha, 8 bits.</summary>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Rgba">Red, green, blue, alpha, row by row.</param>
internal sealed record EmojiPicture(int Width, int Height, byte[] Rgba);
