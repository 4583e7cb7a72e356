namespace PixArt.Training.Recipes;

/// <summary>Trains a sentencepiece tokenizer on captions.</summary>
public sealed record TokenizerRecipe : TrainingRecipe
{
    /// <summary>Where the order of samples starts.</summary>
    public ulong Seed { get; set; } = 43;

    /// <summary>Where training data come from.</summary>
    public DataRecipe Data { get; set; } = new();

    /// <summary>Pieces, special ones included; 16 or more.</summary>
    public int VocabularySize { get; set; } = 512;

    /// <summary>Captions to learn from, 1 or more.</summary>
    public int Captions { get; set; } = 20_000;

    /// <summary>Tokens that a prompt may have, its end included.</summary>
    public int MaxTokens { get; set; } = 120;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Data.Validate();
        Require(VocabularySize >= 16, "vocabularySize", VocabularySize, "16 or more");
        Require(Captions >= 1, "captions", Captions, "1 or more");
        Require(MaxTokens >= 2, "maxTokens", MaxTokens, "2 or more");
    }
}
