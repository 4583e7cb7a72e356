namespace PixArt.Pipelines;

/// <summary>A part of a request and the most memory that it takes.</summary>
/// <param name="Name">What is done, as progress calls it.</param>
/// <param name="Bytes">The most memory, of the process or (on a GPU) of the device: an estimate on the high side.</param>
/// <param name="How">In what way, in a line.</param>
public sealed record MemoryPhase(string Name, long Bytes, string How);
