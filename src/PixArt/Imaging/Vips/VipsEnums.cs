namespace PixArt.Imaging.Vips;

/// <summary>Values of libvips' enumerations that we pass; the numbers are part of its ABI.</summary>
static class VipsEnums
{
    public const int FormatUChar = 0;
    public const int FormatUShort = 2;
    public const int InterpretationGrey = 1;
    public const int InterpretationSrgb = 22;
    public const int RoundToNearest = 0;
    public const int KernelLinear = 1;
    public const int KernelCubic = 2;
    public const int KernelLanczos3 = 5;
    public const int SizeForce = 3;
    public const int FailOnError = 2;
}
