namespace PixArt.Imaging;

/// <summary>A picture of a <see cref="ContactSheet"/>.</summary>
/// <param name="Image">The picture; alpha shows the sheet's background.</param>
/// <param name="Caption">What stands below it; wrapped, and shortened when too long.</param>
public sealed record ContactSheetItem(Image Image, string Caption = "");
