using System.Globalization;
using System.Runtime.InteropServices;

namespace PixArt.Torch.Nn;

/// <summary>A prefix of names in a <see cref="ParameterStore"/>: layers ask it for their parameters by short names.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ParameterScope
{
    private readonly ParameterStore store;

    internal ParameterScope(ParameterStore store, string prefix) => (this.store, Prefix) = (store, prefix);

    /// <summary>What stands before each name, with its trailing dot; empty at the root.</summary>
    public string Prefix { get; }

    /// <summary>Whether there are no weights to load: every parameter takes its initial value.</summary>
    public bool IsFromScratch => store.IsFromScratch;

    /// <summary>Element type that the model computes in.</summary>
    public ScalarType DType => store.DType;

    /// <summary>The scope below, such as <c>attn1</c>.</summary>
    public ParameterScope Sub(string name) => new(store, $"{Prefix}{name}.");

    /// <summary>The scope of one entry of a list, such as block 3 of <c>transformer_blocks</c>.</summary>
    public ParameterScope Sub(string name, int index) => new(store, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{name}.{index}."));

    /// <summary>A parameter that the model needs.</summary>
    /// <param name="name">Short name, such as <c>weight</c>.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">Its initial value in training from scratch.</param>
    /// <exception cref="KeyNotFoundException">The weights lack it and the store may not initialise.</exception>
    public Tensor Get(string name, long[] shape, Initializer? initializer = null) => store.Get(Prefix + name, shape, initializer);

    internal void Register(AdaptableLayer layer) => store.Register(Prefix.TrimEnd('.'), layer);

    /// <summary>A parameter that the model can do without; null where the source lacks it.</summary>
    public Tensor? Optional(string name, long[] shape) => store.Optional(Prefix + name, shape);

    /// <summary>A matrix that the model needs, of the store's type or, where the store keeps stored forms, of the source's.</summary>
    /// <inheritdoc cref="Get"/>
    public Tensor Matrix(string name, long[] shape, Initializer? initializer = null) => OptionalMatrix(name, shape) ?? Get(name, shape, initializer);

    /// <summary>The same, where the model can do without; null where the source lacks it.</summary>
    public Tensor? OptionalMatrix(string name, long[] shape) => store.OptionalMatrix(Prefix + name, shape);

    /// <summary>What each row of a matrix of 8-bit integers is multiplied by, [rows, 1] in fp32; null for a matrix of another type.</summary>
    /// <param name="name">Name of the matrix.</param>
    /// <param name="matrix">The matrix.</param>
    public Tensor? RowScale(string name, Tensor matrix) => store.RowScale(Prefix + name, matrix);
}
