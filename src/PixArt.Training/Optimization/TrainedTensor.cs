using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>A parameter under training.</summary>
/// <param name="Name">Its name, unique in the run.</param>
/// <param name="Value">The tensor, contiguous, of fp32 or bfloat16; it belongs to the model.</param>
public sealed record TrainedTensor(string Name, Tensor Value);
