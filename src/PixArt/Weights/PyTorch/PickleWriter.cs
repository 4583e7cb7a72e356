using System.Globalization;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights.PyTorch;

/// <summary>Writes weights as <c>torch.save</c> does (the zip form, pickle protocol 2), atomically: a dict of tensors, each with
/// a storage of its own, under <c>state_dict</c> or at the top.</summary>
public static class PickleWriter
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; its name without ending names the folder within the archive, as PyTorch does.</param>
    /// <param name="tensors">What to write, in this order.</param>
    /// <param name="section">The part to put them in, for example <c>state_dict</c>; null: at the top.</param>
    /// <param name="numbers">Whole numbers beside the part, for example <c>epoch</c>; only with a part.</param>
    /// <exception cref="WeightsException">A name appears twice, PyTorch has no such type, or a tensor gave another number of
    /// bytes than its shape asks for.</exception>
    /// <exception cref="PixArtException">The file cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<TensorToWrite> tensors, string? section = "state_dict",
        IReadOnlyDictionary<string, long>? numbers = null) => Write(path, [(section, [.. tensors])], numbers);

    /// <summary>Writes a file of several parts, as the PixArt repositories' checkpoints have <c>state_dict</c> and <c>state_dict_ema</c>.</summary>
    /// <param name="path">As above.</param>
    /// <param name="sections">The parts and what is in them; a part without a name is the only one, at the top.</param>
    /// <param name="numbers">As above.</param>
    /// <inheritdoc cref="Write(string, IEnumerable{TensorToWrite}, string?, IReadOnlyDictionary{string, long}?)" path="/exception"/>
    public static void Write(
        string path, IReadOnlyList<(string? Name, IReadOnlyList<TensorToWrite> Tensors)> sections, IReadOnlyDictionary<string, long>? numbers = null)
    {
        ArgumentNullException.ThrowIfNull(sections);
        if (sections.Count != 1 && sections.Any(section => section.Name is null)) throw new ArgumentException("a part without a name is the only one", nameof(sections));
        foreach (var (_, tensors) in sections) Check(path, tensors);
        TensorToWrite[] inOrder = [.. sections.SelectMany(section => section.Tensors)];

        var root = Path.GetFileNameWithoutExtension(path);
        AtomicFile.Write(path, stream =>
        {
            var archive = new StoredArchiveWriter(stream);
            var pickle = Pickle(path, sections, numbers);
            archive.Add($"{root}/data.pkl", pickle.Length, s => s.Write(pickle));
            foreach (var i in Enumerable.Range(0, inOrder.Length).OrderBy(Key, StringComparer.Ordinal))
            {
                var tensor = inOrder[i];
                var expected = SafetensorsHeader.ByteCount(path, tensor.Name, tensor.Type, tensor.Shape);
                var given = archive.Add($"{root}/data/{Key(i)}", expected, tensor.WriteBytes);
                if (given == expected) continue;
                throw new WeightsException(
                    InvalidTensorView, path, tensor.Name,
                    $"gave {given} bytes, but {tensor.Type.Name()} {StoredTensor.ShowShape(tensor.Shape)} takes {expected}");
            }

            archive.Add($"{root}/version", 2, s => s.Write("3\n"u8));
            archive.Finish();
        });
    }

    static void Check(string path, IEnumerable<TensorToWrite> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (PickleGlobals.StorageName(tensor.Type) is null)
                throw new WeightsException(UnsupportedType, path, tensor.Name, $"PyTorch files have no storage of type {tensor.Type.Name()}");
            if (!names.Add(tensor.Name)) throw new WeightsException(InvalidPickle, path, tensor.Name, "a second tensor has this name");
        }
    }

    static string Key(int index) => index.ToString(CultureInfo.InvariantCulture);

    static byte[] Pickle(string path, IReadOnlyList<(string? Name, IReadOnlyList<TensorToWrite> Tensors)> sections, IReadOnlyDictionary<string, long>? numbers)
    {
        var pickle = new PickleEmitter();
        var before = 0;
        var parts = new List<Action>();
        foreach (var (section, tensors) in sections)
        {
            var first = before;
            before += tensors.Count;
            Action[] weights = [.. tensors.Select((tensor, i) => (Action)(() =>
            {
                pickle.Text(tensor.Name);
                var bytes = SafetensorsHeader.ByteCount(path, tensor.Name, tensor.Type, tensor.Shape);
                pickle.Tensor(tensor.Type, tensor.Shape, Key(first + i), bytes / (tensor.Type.Bits() / 8));
            }))];
            if (section is null)
            {
                pickle.Dict(weights);
                return pickle.Finish();
            }

            parts.Add(() =>
            {
                pickle.Text(section);
                pickle.Dict(weights);
            });
        }

        foreach (var (name, number) in numbers ?? new Dictionary<string, long>(StringComparer.Ordinal))
        {
            parts.Add(() =>
            {
                pickle.Text(name);
                pickle.Number(number);
            });
        }

        pickle.Dict(parts);
        return pickle.Finish();
    }
}
