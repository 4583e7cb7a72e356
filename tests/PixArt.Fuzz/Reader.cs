namespace PixArt.Fuzz;

/// <summary>A reader under test.</summary>
/// <param name="Name">What the command calls it.</param>
/// <param name="Seeds">Valid files, with their names.</param>
/// <param name="Damage">Damages a file; the second argument may lend pieces.</param>
/// <param name="Read">Reads everything that the reader gives of these bytes.</param>
sealed record Reader(string Name, IReadOnlyList<(string Name, byte[] Bytes)> Seeds, Func<byte[], byte[], Random, byte[]> Damage, Action<byte[]> Read);
