using PixArt.Models;
using PixArt.Text;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>From prompts as written to the text encoder's features.</summary>
/// <param name="tokenizer">Cuts texts into tokens.</param>
/// <param name="encoder">The model.</param>
/// <param name="weights">What the model reads from while it works, or null.</param>
sealed class PromptEncoder(SentencePieceTokenizer tokenizer, T5Encoder encoder, IDisposable? weights = null) : IDisposable
{
    // What goes through the blocks together: they are read once for all of it, and its intermediates stay small beside a block.
    const int TokensAtOnce = 1024;

    /// <summary>Encodes texts. Padding is left out from the start: real tokens do not attend to it, so they come out the same.</summary>
    /// <param name="texts">The prompts.</param>
    /// <param name="length">The most tokens of each, end token included.</param>
    /// <param name="preparation">What is done to them first.</param>
    /// <param name="cancellation">Ends the work between two passes.</param>
    /// <returns>Of each in turn, some at a time: features [1, tokens, C] and a mask of ones; the caller's to dispose, outside of every scope.</returns>
    public IEnumerable<TextFeatures[]> Encode(IReadOnlyList<string> texts, int length, CaptionPreparation preparation, CancellationToken cancellation)
    {
        long[][] ids = [.. texts.Select(text => tokenizer.Encode(preparation.Apply(text), length)).Select(tokens => tokens.Ids[..tokens.Count])];
        for (var first = 0; first < ids.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            var (count, tokens) = (0, 0);
            while (first + count < ids.Length && (count == 0 || tokens + ids[first + count].Length <= TokensAtOnce)) tokens += ids[first + count++].Length;
            yield return Encode(ids.AsSpan(first, count));
            first += count;
        }
    }

    TextFeatures[] Encode(ReadOnlySpan<long[]> texts)
    {
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var ids = new List<Tensor>();
        foreach (var text in texts) ids.Add(Tensor.FromArray(text, 1, text.Length).To(encoder.Parameters.Device));
        return [.. encoder.ForwardEach(ids).Select(features => new TextFeatures(
            TensorScope.Release(features), TensorScope.Release(Tensor.Ones([1, features.Size(1)], ScalarType.Int64))))];
    }

    /// <summary>Frees tokenizer and text encoder.</summary>
    public void Dispose()
    {
        tokenizer.Dispose();
        encoder.Dispose();
        weights?.Dispose();
    }
}
