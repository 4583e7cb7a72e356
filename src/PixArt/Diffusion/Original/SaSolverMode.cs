using System.Runtime.InteropServices;

namespace PixArt.Diffusion;

/// <summary>Variants of the original SA-Solver loop.</summary>
/// <param name="HasMoreSteps">Integrates order 2 exactly, corrects the last step and asks once more for the clean sample.</param>
/// <param name="Reevaluates">Asks the model again after each correction (PECE) instead of keeping the first answer (PEC).</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct SaSolverMode(bool HasMoreSteps, bool Reevaluates);

/// <summary>One evaluation of the model in such a run.</summary>
/// <param name="Node">The time it is asked at, by its number.</param>
/// <param name="Corrects">Whether it corrects the step that led there.</param>
/// <param name="Predicts">Whether the next step is taken after it.</param>
/// <param name="Ends">Whether its clean sample is the result.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct SaEvaluation(int Node, bool Corrects, bool Predicts, bool Ends)
{
    public static SaEvaluation[] List(int steps, SaSolverMode mode)
    {
        var list = new List<SaEvaluation> { new(0, Corrects: false, Predicts: true, Ends: false) };
        for (var node = 1; node < steps; node++)
        {
            list.Add(new(node, Corrects: true, Predicts: !mode.Reevaluates, Ends: false));
            if (mode.Reevaluates) list.Add(new(node, Corrects: false, Predicts: true, Ends: false));
        }

        if (mode.HasMoreSteps)
        {
            list.Add(new(steps, Corrects: true, Predicts: false, Ends: false));
            list.Add(new(steps, Corrects: false, Predicts: false, Ends: true));
        }

        return [.. list];
    }
}
