using System.Runtime.InteropServices;

namespace PixArt.Training.Data;

/// <summary>A sample, and which of its visits this is: each visit may crop, flip and phrase anew.</summary>
/// <param name="Index">The sample's index.</param>
/// <param name="Visit">How often it was seen before.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SampleVisit(long Index, long Visit);
