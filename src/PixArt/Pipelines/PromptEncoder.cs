using PixArt.Models;
using PixArt.Text;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>From a prompt as written to the text encoder's features.</summary>
sealed class PromptEncoder(SentencePieceTokenizer tokenizer, T5Encoder encoder) : IDisposable
{
    /// <summary>Encodes one text. Padding is left out from the start: real tokens do not attend to it, so they come out the same.</summary>
    /// <param name="text">The prompt.</param>
    /// <param name="length">The most tokens, end token included.</param>
    /// <param name="preparation">What is done to it first.</param>
    /// <returns>Features [1, tokens, C] and a mask of ones; the caller's to dispose, outside of every scope.</returns>
    public TextFeatures Encode(string text, int length, CaptionPreparation preparation)
    {
        var tokens = tokenizer.Encode(preparation.Apply(text), length);
        using var noGrad = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var ids = Tensor.FromArray(tokens.Ids[..tokens.Count], 1, tokens.Count).To(encoder.Parameters.Device);
        return new(
            TensorScope.Release(encoder.Forward(ids)),
            TensorScope.Release(Tensor.Ones([1, tokens.Count], ScalarType.Int64)));
    }

    /// <summary>Frees tokenizer and text encoder.</summary>
    public void Dispose()
    {
        tokenizer.Dispose();
        encoder.Dispose();
    }
}
