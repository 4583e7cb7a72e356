using PixArt.TestKit;
using PixArt.Text;

namespace PixArt.Tests.Text;

public sealed class SentencePieceTrainerTests
{
    static readonly string[] s_things = ["cactus", "fox", "tree", "rocket", "whale", "teapot"];
    static readonly string[] s_places = ["desert", "meadow", "beach", "night sky"];

    static IEnumerable<string> Captions() =>
        from thing in s_things
        from other in s_things
        from place in s_places
        select $"a {thing} to the left of a {other} in a {place}";

    [Fact]
    public void A_trained_tokenizer_has_T5s_special_tokens_and_spells_its_sentences()
    {
        using var folder = new TemporaryFolder();
        SentencePieceTrainer.Train(Captions(), 64, folder["tokenizer/spiece.model"]);
        using var tokenizer = SentencePieceTokenizer.Load(folder.Path);
        Assert.Equal((0, 1, 2), (tokenizer.PaddingId, tokenizer.EndId, tokenizer.UnknownId));
        Assert.Equal(("<pad>", "</s>", "<unk>"), (tokenizer.Piece(0), tokenizer.Piece(1), tokenizer.Piece(2)));
        Assert.InRange(tokenizer.PieceCount, 30, 64);
        foreach (var caption in Captions())
        {
            var ids = tokenizer.Encode(caption);
            Assert.DoesNotContain(tokenizer.UnknownId, ids);
            Assert.Equal(caption, tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void The_same_sentences_give_the_same_file()
    {
        using var folder = new TemporaryFolder();
        SentencePieceTrainer.Train(Captions(), 80, folder["a"]);
        SentencePieceTrainer.Train(Captions(), 80, folder["b"]);
        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));
    }

    [Fact]
    public void A_vocabulary_larger_than_the_texts_allow_comes_out_smaller()
    {
        using var folder = new TemporaryFolder();
        SentencePieceTrainer.Train(Captions(), 5000, folder["m"]);
        using var tokenizer = SentencePieceTokenizer.Load(folder["m"]);
        Assert.InRange(tokenizer.PieceCount, 30, 4999);
    }

    [Fact]
    public void What_cannot_be_trained_is_refused_and_leaves_no_file()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<InvalidSettingException>(() => SentencePieceTrainer.Train(Captions(), 3, folder["m"]));
        Assert.Throws<InvalidSettingException>(() => SentencePieceTrainer.Train(Captions(), 64, folder["m"], 0.5));
        Assert.Throws<PixArtException>(() => SentencePieceTrainer.Train([], 64, folder["m"]));
        Assert.Throws<PixArtException>(() => SentencePieceTrainer.Train(["", ""], 64, folder["m"]));
        Assert.Throws<PixArtException>(() => SentencePieceTrainer.Train(Captions(), 8, folder["m"]));
        Assert.False(File.Exists(folder["m"]));
    }
}
