using System.Runtime.InteropServices;

namespace PixArt.Training.Data.Pictures;

/// <summary>A sample of a tar shard.</summary>
/// <param name="Shard">Number of the shard.</param>
/// <param name="Key">What its members' names have in common.</param>
/// <param name="Picture">The picture.</param>
/// <param name="Text">The caption as text, or null.</param>
/// <param name="Json">An object with captions, or null.</param>
sealed record TarSample(int Shard, string Key, TarMember Picture, TarMember? Text, TarMember? Json);

/// <summary>A member of a tar file.</summary>
/// <param name="Offset">Where its content begins.</param>
/// <param name="Length">Bytes of its content.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct TarMember(long Offset, long Length);
