using PixArt.Weights.Gguf;

namespace PixArt.Fuzz;

/// <summary>GGUF files of every kind of setting and every packing.</summary>
static class GgufSeeds
{
    public static List<(string Name, byte[] Bytes)> All() => [("text-encoder.gguf", TextEncoder()), ("packings.gguf", Packings()), ("settings.gguf", Settings())];

    static byte[] TextEncoder()
    {
        var builder = new GgufBuilder().Setting("general.architecture", "t5encoder").Setting("t5.block_count", 1u)
            .List("tokenizer.ggml.tokens", 8, 3, [.. GgufBuilder.Text("<pad>"), .. GgufBuilder.Text("</s>"), .. GgufBuilder.Text("▁fox")])
            .Tensor("token_embd.weight", [8, 32], 8, Numbers(8 * 34)).Tensor("enc.output_norm.weight", [32], 0, Numbers(128))
            .Tensor("enc.blk.0.attn_rel_b.weight", [32, 2], 1, Numbers(128)).Tensor("enc.blk.0.attn_norm.weight", [32], 0, Numbers(128));
        foreach (var part in new[] { "attn_q", "attn_k", "attn_v", "attn_o", "ffn_gate", "ffn_up", "ffn_down" })
            builder.Tensor($"enc.blk.0.{part}.weight", [32, 32], 8, Numbers(32 * 34));
        return builder.Build();
    }

    static byte[] Packings()
    {
        var builder = new GgufBuilder { Version = 2 };
        foreach (var (number, format) in GgufTypes.Packed) builder.Tensor(format.Name, [2, format.Elements], number, Numbers(2 * format.Bytes));
        return builder.Build();
    }

    static byte[] Settings()
    {
        var builder = new GgufBuilder { Alignment = 64 }.Setting("general.alignment", 64u)
            .List("comfy.gguf.orig_shape.w", 5, 2, [.. BitConverter.GetBytes(4), .. BitConverter.GetBytes(2)]);
        foreach (var (type, width) in new (uint, int)[] { (0, 1), (1, 1), (2, 2), (3, 2), (4, 4), (5, 4), (6, 4), (7, 1), (10, 8), (11, 8), (12, 8) })
        {
            builder.Setting($"single.{type}", type, Numbers(width));
            builder.List($"list.{type}", type, 3, Numbers(3 * width));
        }

        return builder.Tensor("w", [8], 0, Numbers(32)).Tensor("scalar", [], 0, Numbers(4)).Build();
    }

    static byte[] Numbers(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
