using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training;

/// <summary>Answers from a caption's features where it puts each object of the vocabulary: a learned query for each attends to the words, and
/// what it finds there is told by a linear layer.</summary>
sealed class LayoutReader : Module
{
    /// <summary>Number of answers.</summary>
    public const int Answers = 5;

    // Not named is 0.
    const long Somewhere = 1, Left = 2, Middle = 3, Right = 4;

    readonly int _heads;
    readonly Tensor _objects; // [1, objects, width]
    readonly Linear _key, _value, _answer;

    /// <param name="config">The encoder whose features are read.</param>
    /// <param name="parameters">Takes and owns the parameters; disposed with this model.</param>
    public LayoutReader(T5EncoderConfig config, ParameterStore parameters) : base(parameters)
    {
        _heads = config.NumHeads;
        long width = (long)config.NumHeads * config.DKv;
        _objects = parameters.Root.Get("objects", [1, Objects, width], Init.Normal(0.5));
        _key = new Linear(parameters.Root.Sub("key"), config.DModel, width);
        _value = new Linear(parameters.Root.Sub("value"), config.DModel, width);
        _answer = new Linear(parameters.Root.Sub("answer"), width, Answers);
    }

    /// <summary>Objects of the vocabulary.</summary>
    public static int Objects => SceneVocabulary.Objects.Length;

    /// <summary>The right answer for each object of the vocabulary.</summary>
    /// <param name="caption">What the caption says.</param>
    public static long[] AnswersOf(CaptionFacts caption)
    {
        var answers = new long[Objects];
        for (var i = 0; i < caption.Objects.Length; i++)
        {
            var somethingRight = caption.Sides.Any(side => side.Left == i);
            var somethingLeft = caption.Sides.Any(side => side.Right == i);
            var between = (somethingLeft && somethingRight) || caption.Middles.Any(middle => middle.Middle == i);
            answers[caption.Objects[i].Object.Index] = between ? Middle : somethingRight ? Left : somethingLeft ? Right : Somewhere;
        }

        return answers;
    }

    /// <summary>Logits of the answers [B, objects, answers].</summary>
    /// <param name="features">[B, L, D].</param>
    /// <param name="mask">1 for tokens, 0 for padding [B, L].</param>
    public Tensor Forward(Tensor features, Tensor mask)
    {
        using var scope = TensorScope.Begin();
        var padding = ((1 - mask.To(features.Device, features.DType)) * -1e9).Unsqueeze(1).Unsqueeze(1); // [B, 1, 1, L]
        var query = Heads.Split(_objects.Expand(features.Size(0), -1, -1), _heads);
        var attended = Functional.ScaledDotProductAttention(
            query, Heads.Split(_key.Forward(features), _heads), Heads.Split(_value.Forward(features), _heads), padding);
        return scope.Keep(_answer.Forward(Heads.Join(attended)));
    }
}
