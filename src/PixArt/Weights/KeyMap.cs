using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights;

/// <summary>A table between the tensor names of another layout and those of diffusers, both ways.</summary>
public sealed class KeyMap
{
    /// <summary>Creates a map.</summary>
    /// <param name="name">What the other layout is called, for messages.</param>
    /// <param name="rules">The table; the first line that fits a name counts.</param>
    public KeyMap(string name, params IReadOnlyList<KeyRule> rules)
    {
        Name = name;
        Rules = [.. rules];
    }

    /// <summary>What the other layout is called.</summary>
    public string Name { get; }

    /// <summary>The table.</summary>
    public IReadOnlyList<KeyRule> Rules { get; }

    /// <summary>Our names of a foreign tensor: one, several (its parts in order) or none (it is left out); null when the table
    /// does not know it.</summary>
    public IReadOnlyList<string>? FromForeign(string name) => FromForeign(name, out _);

    /// <summary>Where one of our tensors is in the other layout; null when the table does not know it.</summary>
    public ForeignKey? ToForeign(string name)
    {
        foreach (var rule in Rules)
        {
            for (var part = 0; part < rule.Ours.Count; part++)
            {
                if (Match(rule.Ours[part], name) is { } parts) return new ForeignKey(Fill(rule.Foreign, parts), part, rule.Ours.Count, rule);
            }
        }

        return null;
    }

    /// <summary>Our tensors as the other layout has them: renamed, and parts put together. Names that the table does not know
    /// stay. The order is that of each foreign tensor's first part.</summary>
    /// <param name="tensors">Tensors under diffusers names.</param>
    /// <exception cref="WeightsException">A part is missing, or parts have different types or shapes.</exception>
    public IReadOnlyList<TensorToWrite> ToForeign(IEnumerable<TensorToWrite> tensors)
    {
        var groups = new OrderedDictionary<string, TensorToWrite?[]>(StringComparer.Ordinal);
        var rules = new Dictionary<string, KeyRule>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            var key = ToForeign(tensor.Name);
            var name = key?.Name ?? tensor.Name;
            if (!groups.TryGetValue(name, out var parts)) groups.Add(name, parts = new TensorToWrite?[key?.Parts ?? 1]);
            if (key is not null) rules[name] = key.Rule;
            ref var place = ref parts[key?.Part ?? 0];
            if (place is not null) throw new WeightsException(InvalidTensorView, Name, tensor.Name, $"is '{name}' there, which another tensor is too");
            place = tensor;
        }

        return [.. groups.Select(g => Join(g.Key, g.Value, rules.GetValueOrDefault(g.Key)))];
    }

    internal IReadOnlyList<string>? FromForeign(string name, out KeyRule? found)
    {
        foreach (var rule in Rules)
        {
            if (Match(rule.Foreign, name) is not { } parts) continue;
            found = rule;
            return [.. rule.Ours.Select(ours => Fill(ours, parts))];
        }

        found = null;
        return null;
    }

    TensorToWrite Join(string name, TensorToWrite?[] parts, KeyRule? rule)
    {
        if (Array.IndexOf(parts, null) is >= 0 and var missing)
            throw new WeightsException(TensorNotFound, Name, name, $"lacks its part {missing + 1} of {parts.Length} ({rule!.Ours[missing]})");
        var first = parts[0]!;
        if (parts.Any(p => p!.Type != first.Type || !p.Shape.SequenceEqual(first.Shape)))
            throw new WeightsException(ShapeMismatch, Name, name, $"is of parts {string.Join(", ", parts.Select(p => $"{p!.Type.Name()} {StoredTensor.ShowShape(p.Shape)}"))}, expected one type and shape");
        long[] shape = [.. first.Shape];
        if (parts.Length > 1) shape[0] *= parts.Length;
        if (rule is { PointwiseConvolution: true } && shape.Length == 2) shape = [.. shape, 1, 1];
        return new TensorToWrite(name, first.Type, shape, stream =>
        {
            foreach (var part in parts) part!.WriteBytes(stream);
        });
    }

    /// <summary>What the placeholders of a pattern stand for in a name; null when it does not fit.</summary>
    static List<string>? Match(string pattern, string name)
    {
        var found = new List<string>(4);
        ReadOnlySpan<char> p = pattern, n = name;
        while (true)
        {
            if (p is "*")
            {
                found.Add(n.ToString());
                return n.IsEmpty ? null : found;
            }

            var expected = Next(ref p);
            var part = Next(ref n);
            if (expected is "{}") found.Add(part.ToString());
            else if (!expected.SequenceEqual(part)) return null;
            if (p.IsEmpty || n.IsEmpty) return p.IsEmpty && n.IsEmpty ? found : null;
        }
    }

    static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> rest)
    {
        var dot = rest.IndexOf('.');
        var part = dot < 0 ? rest : rest[..dot];
        rest = dot < 0 ? default : rest[(dot + 1)..];
        return part;
    }

    static string Fill(string pattern, List<string> parts)
    {
        var next = 0;
        return string.Join('.', pattern.Split('.').Select(p => p is "{}" or "*" ? parts[next++] : p));
    }
}
