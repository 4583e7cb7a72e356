using System.Runtime.InteropServices;

namespace PixArt.Adapters;

/// <summary>What a tensor's name in an adapter file says: which layer, and which of its tensors.</summary>
/// <param name="Layer">The layer as the file names it, wrappers' prefixes taken off.</param>
/// <param name="Role">Which tensor of that layer.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct AdapterKey(string Layer, AdapterRole Role)
{
    // peft wraps the model, the released training scripts save through a Stable Diffusion pipeline, ComfyUI and Lightning wrap too.
    static readonly string[] s_wrappers =
        ["base_model.model.", "model.diffusion_model.", "diffusion_model.", "transformer.", "unet.", "module.", "model."];

    // Trainers that write the path with underscores put one of these before it.
    static readonly string[] s_underscored = ["lora_transformer_", "lora_unet_", "lycoris_", "lora_"];

    const string Inner = ".default";

    static readonly (string Ending, AdapterRole Role)[] s_endings =
    [
        (".lora_A.weight", AdapterRole.Down), (".lora_B.weight", AdapterRole.Up),
        (".lora_down.weight", AdapterRole.Down), (".lora_up.weight", AdapterRole.Up),
        (".lora.down.weight", AdapterRole.Down), (".lora.up.weight", AdapterRole.Up),
        (".lora_mid.weight", AdapterRole.Core), (".hada_t1", AdapterRole.Hada1Core), (".hada_t2", AdapterRole.Hada2Core), (".lokr_t2", AdapterRole.Kron2Core),
        (".lora_magnitude_vector.weight", AdapterRole.Magnitude), (".lora_magnitude_vector", AdapterRole.Magnitude),
        (".dora_scale", AdapterRole.Magnitude), (".alpha", AdapterRole.Alpha),
        (".hada_w1_a", AdapterRole.Hada1A), (".hada_w1_b", AdapterRole.Hada1B),
        (".hada_w2_a", AdapterRole.Hada2A), (".hada_w2_b", AdapterRole.Hada2B),
        (".lokr_w1", AdapterRole.Kron1), (".lokr_w1_a", AdapterRole.Kron1A), (".lokr_w1_b", AdapterRole.Kron1B),
        (".lokr_w2", AdapterRole.Kron2), (".lokr_w2_a", AdapterRole.Kron2A), (".lokr_w2_b", AdapterRole.Kron2B),
    ];

    /// <summary>Reads a name; null when it is none of an adapter.</summary>
    public static AdapterKey? Parse(string name)
    {
        var plain = Plain(name);
        foreach (var (ending, role) in s_endings)
            if (plain.EndsWith(ending, StringComparison.Ordinal) && plain.Length > ending.Length)
                return new(Unwrapped(plain[..^ending.Length]), role);
        return null;
    }

    /// <summary>How the file would name another tensor of a layer: in the spelling of a tensor that it has, or, where that one shows none, in each.</summary>
    /// <param name="name">The tensor that it has.</param>
    /// <param name="role">The other one.</param>
    public static IReadOnlyList<string> NamesBeside(string name, AdapterRole role)
    {
        var own = s_endings.First(e => Plain(name).EndsWith(e.Ending, StringComparison.Ordinal)).Ending;
        var layer = Plain(name)[..^own.Length];
        string[] endings = [.. s_endings.Where(e => e.Role == role).Select(e => e.Ending)];
        var alike = Array.FindAll(endings, e => string.Equals(Spelling(e), Spelling(own), StringComparison.Ordinal));
        return [.. (alike.Length > 0 ? alike : endings).Select(e => layer + (name.Contains(Inner + ".weight", StringComparison.Ordinal) ? e.Replace(".weight", Inner + ".weight", StringComparison.Ordinal) : e))];
    }

    // The two factors of LoRA differ by a word.
    static string Spelling(string ending) => ending.Replace("_B.", "_A.", StringComparison.Ordinal).Replace("up.", "down.", StringComparison.Ordinal);

    // peft's own state, before it is saved, has the adapter's name inside.
    static string Plain(string name)
    {
        var plain = name.Replace(Inner + ".weight", ".weight", StringComparison.Ordinal);
        return plain.EndsWith(Inner, StringComparison.Ordinal) ? plain[..^Inner.Length] : plain;
    }

    static string Unwrapped(string layer)
    {
        while (s_wrappers.FirstOrDefault(w => layer.StartsWith(w, StringComparison.Ordinal)) is { } wrapper) layer = layer[wrapper.Length..];
        return s_underscored.FirstOrDefault(p => layer.StartsWith(p, StringComparison.Ordinal)) is { } prefix ? layer[prefix.Length..] : layer;
    }
}
