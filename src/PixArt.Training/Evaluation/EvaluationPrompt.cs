using System.Collections.Immutable;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Evaluation;

/// <summary>A prompt of the evaluation and what a right picture of it shows.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="Facts">What it claims.</param>
/// <param name="Kind">Why it is asked: a name for the group of prompts in the report.</param>
public sealed record EvaluationPrompt(string Text, CaptionFacts Facts, string Kind)
{
    /// <summary>Group of the prompts with two objects that training never showed together.</summary>
    public const string UnseenPairs = "unseen pairs";

    /// <summary>Group of the prompts with one object in a setting where training never showed it.</summary>
    public const string UnseenPlacings = "unseen settings";

    /// <summary>
    /// The held-out list: two thirds pairs of objects, a third single objects, in captions of their own. Every prompt names its setting.
    /// </summary>
    /// <param name="count">How many prompts, at least 1.</param>
    /// <param name="seed">Other seeds give other lists.</param>
    public static ImmutableArray<EvaluationPrompt> HeldOutList(int count, ulong seed = 1) => [.. HeldOutScenes(count, seed).Select(asked => asked.Prompt)];

    /// <summary>The same list with the scenes that its captions were written for.</summary>
    /// <param name="count">How many prompts, at least 1.</param>
    /// <param name="seed">Other seeds give other lists.</param>
    public static ImmutableArray<(Scene Scene, EvaluationPrompt Prompt)> HeldOutScenes(int count, ulong seed = 1)
    {
        if (count < 1)
            throw new InvalidSettingException(nameof(count), count, "at least 1");
        var pairs = new SceneSampler(new SceneDistribution(), seed, SceneSplit.HeldOutPairs);
        var placings = new SceneSampler(new SceneDistribution(), seed, SceneSplit.HeldOutPlacings);
        return [.. Enumerable.Range(0, count).Select(i =>
            i % 3 == 2 ? (placings[i], Ask(placings[i], seed, i, UnseenPlacings)) : (pairs[i], Ask(pairs[i], seed, i, UnseenPairs)))];
    }

    /// <summary>A prompt of the user's own.</summary>
    /// <param name="text">The prompt.</param>
    /// <exception cref="InvalidSettingException">It names no object of the vocabulary.</exception>
    public static EvaluationPrompt Parse(string text)
    {
        var facts = CaptionParser.Parse(text);
        return facts.Objects.IsEmpty
            ? throw new InvalidSettingException("prompt", text, "one that names an object of the vocabulary")
            : new EvaluationPrompt(text, facts, "own prompts");
    }

    private static EvaluationPrompt Ask(Scene scene, ulong seed, long index, string kind)
    {
        // The writer leaves the setting out now and then; such a prompt could not be marked.
        for (var attempt = 0UL; ; attempt++)
        {
            var text = CaptionWriter.Write(scene, seed + attempt, index);
            var facts = CaptionParser.Parse(text);
            if (facts.Setting is not null)
                return new EvaluationPrompt(text, facts, kind);
        }
    }
}
