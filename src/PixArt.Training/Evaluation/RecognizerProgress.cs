using System.Runtime.InteropServices;

namespace PixArt.Training.Evaluation;

/// <summary>How far <see cref="RecognizerTraining"/> is.</summary>
/// <param name="Step">Steps made.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Loss of the last step.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RecognizerProgress(int Step, int Steps, double Loss);
