using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using PixArt.TestKit;
using PixArt.Text;
using PixArt.Weights;

namespace PixArt.Tests.Text;

public sealed class SentencePieceTokenizerTests
{
    static SentencePieceTokenizer Tiny() => SentencePieceTokenizer.Load(OwnData.Path("goldens/pipelines/tiny_alpha_folder"));

    [Theory]
    [GoldenEntries("tokenizer/")]
    public void Encodings_are_the_references(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        using var tokenizer = SentencePieceTokenizer.Load(GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder"));
        Assert.Equal(golden.Json.GetProperty("piece_count").GetInt32(), tokenizer.PieceCount);
        var number = 0;
        foreach (var encoding in golden.Json.GetProperty("encodings").EnumerateArray())
        {
            var text = encoding.GetProperty("text").GetString()!;
            var expected = encoding.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64()).ToArray();
            var ids = tokenizer.Encode(text);
            Close.Equal(expected, [.. ids.Select(id => (long)id)], $"{entry} encoding {number++}");
            foreach (var (id, piece) in ids.SkipLast(1).Zip(Texts(encoding.GetProperty("pieces"))))
                if (id != tokenizer.UnknownId) Assert.Equal(piece, tokenizer.Piece(id));
        }
    }

    [Fact]
    public void Special_tokens_are_those_of_T5()
    {
        using var tokenizer = Tiny();
        Assert.Equal((0, 1, 2, 0), (tokenizer.PaddingId, tokenizer.EndId, tokenizer.UnknownId, tokenizer.SentinelCount));
    }

    [Fact]
    public void Encode_to_a_length_pads_on_the_right()
    {
        using var tokenizer = Tiny();
        var text = tokenizer.Encode("a cat", 6);
        Assert.Equal([13, 74, 1, 0, 0, 0], text.Ids);
        Assert.Equal([1, 1, 1, 0, 0, 0], text.Mask);
        Assert.Equal((3, 0), (text.Count, text.TokensLost));
    }

    [Fact]
    public void Without_legacy_what_follows_a_sentinel_goes_on_without_a_space()
    {
        using var folder = new TemporaryFolder();
        File.Copy(OwnData.Path("goldens/pipelines/tiny_alpha_folder/tokenizer/spiece.model"), folder["spiece.model"]);
        File.WriteAllText(folder["tokenizer_config.json"], """{"extra_ids": 100, "legacy": true}""");
        using var legacy = SentencePieceTokenizer.Load(folder.Path);
        File.WriteAllText(folder["tokenizer_config.json"], """{"extra_ids": 100, "legacy": false}""");
        using var tokenizer = SentencePieceTokenizer.Load(folder.Path);
        // Texts without special tokens are the same.
        foreach (var text in (string[])["", "a cat", "a photograph of an astronaut riding a horse", "x  y"])
            Assert.Equal(legacy.Encode(text), tokenizer.Encode(text));
        string[] Spelled(SentencePieceTokenizer of, string text) => [.. of.Encode(text).Select(of.Piece)];
        Assert.Equal([.. Spelled(legacy, "a cat")[..^1], "<extra_id_0>", .. Spelled(legacy, "a cat")], Spelled(legacy, "a cat <extra_id_0> a cat"));
        var pieces = Spelled(tokenizer, "a cat <extra_id_0> a cat");
        var after = Array.IndexOf(pieces, "<extra_id_0>") + 1;
        Assert.Equal(Spelled(legacy, "a cat")[..^1], pieces[..(after - 1)]);
        Assert.Equal("a", string.Concat(pieces[after..]).Split('\u2581')[0]);
        Assert.Equal(pieces, Spelled(tokenizer, "a cat<extra_id_0>a cat"));
        // A text that begins with one has no space before it.
        Assert.Equal("<extra_id_7>", Spelled(tokenizer, "<extra_id_7> a cat")[0]);
    }

    [Fact]
    public void An_empty_text_is_an_end_token()
    {
        using var tokenizer = Tiny();
        var text = tokenizer.Encode("", 120);
        Assert.Equal((1, 1L, 1L, 0L), (text.Count, text.Ids[0], text.Mask[0], text.Ids[1]));
    }

    [Fact]
    public void Truncation_keeps_the_first_tokens_and_the_end_token()
    {
        using var tokenizer = Tiny();
        var all = tokenizer.Encode("a photograph of an astronaut riding a horse");
        var text = tokenizer.Encode("a photograph of an astronaut riding a horse", 5);
        Assert.Equal([.. all.Take(4).Select(id => (long)id), 1], text.Ids);
        Assert.Equal([1, 1, 1, 1, 1], text.Mask);
        Assert.Equal(all.Count - 5, text.TokensLost);
        Assert.Equal([1], tokenizer.Encode("a cat", 1).Ids);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_length_below_one_is_refused(int length)
    {
        using var tokenizer = Tiny();
        Assert.Throws<InvalidSettingException>(() => tokenizer.Encode("a cat", length));
    }

    [Fact]
    public void A_written_end_token_ends_the_text()
    {
        using var tokenizer = Tiny();
        Assert.Equal([13, 74, 1], tokenizer.Encode("a cat</s>"));
        Assert.Equal([13, 74, 1, 13, 74, 1], tokenizer.Encode("a cat</s>a cat"));
        Assert.Equal([13, 0, 74, 1], tokenizer.Encode("a <pad> cat"));
    }

    [Fact]
    public void Sentinels_count_down_from_the_end_of_the_vocabulary()
    {
        using var folder = new TemporaryFolder();
        File.Copy(OwnData.Path("goldens/pipelines/tiny_alpha_folder/tokenizer/spiece.model"), folder["spiece.model"]);
        using var tokenizer = SentencePieceTokenizer.Load(folder.Path);
        Assert.Equal(500, tokenizer.VocabularySize);
        Assert.Equal([13, 499, 74, 400, 1], tokenizer.Encode("a <extra_id_0> cat<extra_id_99>"));
        Assert.DoesNotContain(tokenizer.Encode("<extra_id_100>"), id => id >= tokenizer.PieceCount);
        Assert.Equal("a <extra_id_0> cat </s>", tokenizer.Decode([13, 499, 74, 1, 0], keepSpecial: true).Replace(" <pad>", ""));
        Assert.Equal("a cat", tokenizer.Decode([13, 499, 74, 1, 0]).Replace("  ", " "));
    }

    [Fact]
    public void Decode_gives_the_text_back()
    {
        using var tokenizer = Tiny();
        const string text = "a photograph of an astronaut riding a horse";
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([400]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Piece(-1));
    }

    [Fact]
    public void A_missing_or_damaged_model_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("spiece.model", Assert.Throws<WeightsException>(() => SentencePieceTokenizer.Load(folder.Path)).Message);
        File.WriteAllText(folder["spiece.model"], "not a model");
        Assert.Contains(folder["spiece.model"], Assert.Throws<PixArtException>(() => SentencePieceTokenizer.Load(folder.Path)).Message);
        File.WriteAllText(folder["tokenizer_config.json"], "{\"extra_ids\": \"many\"}");
        Assert.Contains("tokenizer_config.json", Assert.Throws<WeightsException>(() => SentencePieceTokenizer.Load(folder.Path)).Message);
    }

    [Fact]
    public void A_model_without_an_end_token_is_refused()
    {
        using var folder = new TemporaryFolder();
        var model = File.ReadAllBytes(OwnData.Path("goldens/pipelines/tiny_alpha_folder/tokenizer/spiece.model"));
        "</x>"u8.CopyTo(model.AsSpan(model.AsSpan().IndexOf("</s>"u8)));
        File.WriteAllBytes(folder["spiece.model"], model);
        Assert.Equal($"{folder["spiece.model"]}: the model has no end token, expected T5's </s>",
            Assert.Throws<PixArtException>(() => SentencePieceTokenizer.Load(folder.Path)).Message);
    }

    [Fact]
    public void A_model_that_cannot_be_opened_is_named()
    {
        using var folder = new TemporaryFolder();
        using var held = new FileStream(folder["spiece.model"], FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Assert.StartsWith($"{folder["spiece.model"]}: cannot be read: ", Assert.Throws<WeightsException>(() => SentencePieceTokenizer.Load(folder.Path)).Message);
    }

    [Fact]
    public void Any_text_can_be_encoded()
    {
        using var tokenizer = Tiny();
        // UTF-16 units at random: unpaired surrogates, controls, nulls.
        var texts = ArbMap.Default.ArbFor<char>().Generator.ArrayOf().Select(units => new string(units));
        var cases = Gen.Zip(texts, Gen.Choose(1, 40)).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(cases, c =>
        {
            var (text, length) = c;
            var all = tokenizer.Encode(text);
            var cut = tokenizer.Encode(text, length);
            return all.All(id => id >= 0 && id < tokenizer.VocabularySize)
                && cut.Ids.Length == length
                && cut.Mask.Sum() == cut.Count
                && cut.Count == Math.Min(all.Count, length)
                && cut.Ids[cut.Count - 1] == tokenizer.EndId
                && cut.Ids.AsSpan(cut.Count).IndexOfAnyExcept(tokenizer.PaddingId) < 0
                && cut.Ids.Take(cut.Count - 1).SequenceEqual(all.Take(cut.Count - 1).Select(id => (long)id));
        }));
    }

    [Fact]
    public void Threads_share_a_tokenizer()
    {
        using var tokenizer = Tiny();
        var expected = tokenizer.Encode("a photograph of an astronaut");
        Parallel.For(0, 64, _ => Assert.Equal(expected, tokenizer.Encode("a photograph of an astronaut")));
    }

    static IEnumerable<string> Texts(JsonElement list) => list.EnumerateArray().Select(e => e.GetString()!);
}
