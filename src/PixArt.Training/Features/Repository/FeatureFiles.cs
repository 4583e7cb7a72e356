using PixArt.Weights;

namespace PixArt.Training.Features.Repository;

/// <summary>The repositories' arrays: latents as .npy [2C, h, w] (means, then deviations), or a teacher's and their noise as [C, h, w]; text as .npz with
/// features [1, L, C] and a mask [1, L].</summary>
static class FeatureFiles
{
    public const string TextName = "caption_feature";
    public const string MaskName = "attention_mask";

    /// <summary>The name of the array in an edges' .npz.</summary>
    public const string EdgesName = "arr_0";

    /// <summary>The shape of a file's latents, read from its header; the file must be as long as it says.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parts">Values of each latent: 2 for means and deviations, 1 for latents themselves.</param>
    /// <exception cref="PixArtException">It is missing, cut short or no latents.</exception>
    public static long[] LatentShape(string path, int parts = 2)
    {
        using var stream = NumpyFile.OpenRead(path);
        var (header, length) = NumpyHeader.Read(stream, (kind, detail) => new WeightsException(kind, path, null, detail));
        if (header.Shape is not [> 0, > 0, > 0] || header.Shape[0] % parts != 0 || header.Type is not (StoredType.F32 or StoredType.F16))
            throw new PixArtException($"{path}: holds {header.Type.Name()} [{string.Join(", ", header.Shape)}], expected floats of [{(parts == 1 ? "" : parts)}C, height, width]");
        if (header.Shape.Any(size => size > 1 << 20) || stream.Length != length + header.ByteCount)
            throw new PixArtException($"{path}: has {stream.Length} bytes, which do not hold {header.Type.Name()} [{string.Join(", ", header.Shape)}]");
        return header.Shape;
    }

    /// <summary>The latents of a picture's edges, [2C, height, width].</summary>
    /// <exception cref="PixArtException">The file is missing, cut short or holds something else.</exception>
    public static NumpyArray ReadEdges(string path)
    {
        using var archive = NumpyArchive.Open(path);
        if (!archive.Has(EdgesName)) throw new PixArtException($"{path}: holds no '{EdgesName}'");
        var array = archive[EdgesName];
        return array.Shape is [> 0, > 0, > 0] && array.Shape[0] % 2 == 0 ? array
            : throw new PixArtException($"{path}: holds [{string.Join(", ", array.Shape)}], expected [2C, height, width]");
    }

    /// <summary>Fails unless a file is a whole archive with text features.</summary>
    /// <exception cref="PixArtException">It is missing, cut short or holds something else.</exception>
    public static void CheckText(string path)
    {
        using var archive = NumpyArchive.Open(path);
        foreach (var name in (string[])[TextName, MaskName])
            if (!archive.Has(name)) throw new PixArtException($"{path}: holds no '{name}'");
    }

    /// <summary>Features [L, C] and the number of real tokens.</summary>
    public static (float[] Features, int Width, int Tokens) ReadText(string path)
    {
        using var archive = NumpyArchive.Open(path);
        var (features, mask) = (archive[TextName], archive[MaskName]);
        if (features.Shape is not [1, var length, var width] || mask.Shape is not [1, var marks] || length != marks)
            throw new PixArtException($"{path}: features [{string.Join(", ", features.Shape)}] and mask [{string.Join(", ", mask.Shape)}], expected [1, L, C] and [1, L]");
        var ones = Numbers(mask, path).Count(value => value != 0);
        return (Numbers(features, path), (int)width, Math.Max(1, ones));
    }

    /// <summary>Elements of any number type as floats.</summary>
    /// <exception cref="PixArtException">They are no numbers; the message names the file.</exception>
    public static float[] Numbers(NumpyArray array, string path) => array.Type switch
    {
        StoredType.F32 => array.Elements<float>().ToArray(),
        StoredType.F16 => Array.ConvertAll(array.Elements<Half>().ToArray(), value => (float)value),
        StoredType.F64 => Array.ConvertAll(array.Elements<double>().ToArray(), value => (float)value),
        StoredType.I64 => Array.ConvertAll(array.Elements<long>().ToArray(), value => (float)value),
        StoredType.I32 => Array.ConvertAll(array.Elements<int>().ToArray(), value => (float)value),
        StoredType.I16 => Array.ConvertAll(array.Elements<short>().ToArray(), value => (float)value),
        StoredType.U8 => Array.ConvertAll(array.Elements<byte>().ToArray(), value => (float)value),
        StoredType.Bool => Array.ConvertAll(array.Elements<bool>().ToArray(), value => value ? 1f : 0),
        _ => throw new PixArtException($"{path}: an array of {array.Type.Name()} holds no features, expected floats or integers"),
    };

    /// <summary>Writes text features, padded with zeros to a length.</summary>
    /// <param name="path">The file.</param>
    /// <param name="features">[tokens, C], row-major.</param>
    /// <param name="tokens">Real tokens.</param>
    /// <param name="length">L.</param>
    /// <param name="half">Half precision with a 16-bit mask instead of single with a 64-bit one.</param>
    public static void WriteText(string path, ReadOnlySpan<float> features, int tokens, int length, bool half)
    {
        var width = features.Length / tokens;
        var padded = new float[length * width];
        features.CopyTo(padded);
        var mask = new long[length];
        mask.AsSpan(0, tokens).Fill(1);
        NumpyArchive.Write(path,
        [
            new(TextName, half ? NumpyArray.From<Half>(Array.ConvertAll(padded, v => (Half)v), 1, length, width) : NumpyArray.From<float>(padded, 1, length, width)),
            new(MaskName, half ? NumpyArray.From<short>(Array.ConvertAll(mask, v => (short)v), 1, length) : NumpyArray.From<long>(mask, 1, length)),
        ]);
    }
}
