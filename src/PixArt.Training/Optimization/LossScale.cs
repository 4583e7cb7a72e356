namespace PixArt.Training.Optimization;

/// <summary>The scale of the loss under fp16, as a checkpoint keeps it.</summary>
/// <param name="Factor">What the loss is multiplied by before the backward pass.</param>
/// <param name="GoodSteps">Steps without an overflow since it last changed.</param>
sealed record LossScale(double Factor, long GoodSteps);
