namespace PixArt.Weights;

/// <summary>What is wrong with a weight file. The first fourteen are the kinds that safetensors itself tells apart.</summary>
public enum WeightsErrorKind
{
    /// <summary>The header is not UTF-8 or does not begin with <c>{</c>.</summary>
    InvalidHeader,

    /// <summary>The header is not the JSON that the format asks for (also: a duplicate name).</summary>
    InvalidHeaderDeserialization,

    /// <summary>The header claims more than 100 MB.</summary>
    HeaderTooLarge,

    /// <summary>The file is shorter than the eight bytes of the header's length.</summary>
    HeaderTooSmall,

    /// <summary>The header claims to be longer than the file.</summary>
    InvalidHeaderLength,

    /// <summary>A tensor that is asked for is not in the file.</summary>
    TensorNotFound,

    /// <summary>A tensor's shape and type do not agree with the number of its bytes.</summary>
    TensorInvalidInfo,

    /// <summary>Tensors overlap, leave a hole, or end before they begin.</summary>
    InvalidOffset,

    /// <summary>A tensor to be written gave a different number of bytes than its shape asks for.</summary>
    InvalidTensorView,

    /// <summary>The tensors do not cover the file to its last byte, or reach beyond it (a truncated file).</summary>
    MetadataIncompleteBuffer,

    /// <summary>A product or a sum of sizes does not fit 63 bits.</summary>
    ValidationOverflow,

    /// <summary>A tensor of a type below eight bits does not end on a byte.</summary>
    MisalignedSlice,

    /// <summary>The file cannot be read or written.</summary>
    Io,

    /// <summary>A JSON file beside the weights (configuration, shard index) is not valid.</summary>
    InvalidJson,

    /// <summary>A tensor has another shape than the model asks for.</summary>
    ShapeMismatch,

    /// <summary>The file holds tensors that the model does not know.</summary>
    UnexpectedTensors,

    /// <summary>A tensor's type is known to the format but cannot be computed with.</summary>
    UnsupportedType,

    /// <summary>A file or folder that should be there is not.</summary>
    NotFound,

    /// <summary>A PyTorch file is damaged, or uses the zip container in a way that PyTorch does not.</summary>
    InvalidArchive,

    /// <summary>A PyTorch file's pickle is damaged.</summary>
    InvalidPickle,

    /// <summary>A PyTorch file's pickle asks for something that is not a plain tensor, number, text or collection.</summary>
    ForbiddenPickle,

    /// <summary>A PyTorch file's pickle is deeper, longer or larger than allowed.</summary>
    PickleTooLarge,
}
