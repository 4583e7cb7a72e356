namespace PixArt.Torch;

// Views, copies and reductions.
public sealed partial class Tensor
{
    private static readonly Op ViewOp = new("aten::view"); // view(Tensor(a) self, SymInt[] size) -> Tensor(a)
    private static readonly Op ViewDTypeOp = new("aten::view", "dtype"); // view.dtype(Tensor(a) self, ScalarType dtype) -> Tensor(a)
    private static readonly Op ReshapeOp = new("aten::reshape"); // reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)
    private static readonly Op TransposeOp = new("aten::transpose", "int"); // transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)
    private static readonly Op PermuteOp = new("aten::permute"); // permute(Tensor(a) self, int[] dims) -> Tensor(a)
    private static readonly Op UnsqueezeOp = new("aten::unsqueeze"); // unsqueeze(Tensor(a) self, int dim) -> Tensor(a)
    private static readonly Op SqueezeOp = new("aten::squeeze", "dim"); // squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)
    private static readonly Op FlattenOp = new("aten::flatten", "using_ints"); // flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)
    private static readonly Op ExpandOp = new("aten::expand"); // expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)
    private static readonly Op RepeatOp = new("aten::repeat"); // repeat(Tensor self, SymInt[] repeats) -> Tensor
    private static readonly Op NarrowOp = new("aten::narrow"); // narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)
    private static readonly Op SliceOp = new("aten::slice", "Tensor"); // slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)
    private static readonly Op SelectOp = new("aten::select", "int"); // select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)
    private static readonly Op ChunkOp = new("aten::chunk"); // chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]
    private static readonly Op SplitOp = new("aten::split", "Tensor"); // split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]
    private static readonly Op FlipOp = new("aten::flip"); // flip(Tensor self, int[] dims) -> Tensor
    private static readonly Op IndexSelectOp = new("aten::index_select"); // index_select(Tensor self, int dim, Tensor index) -> Tensor
    private static readonly Op GatherOp = new("aten::gather"); // gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor
    private static readonly Op RepeatInterleaveOp = new("aten::repeat_interleave", "self_int"); // repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None)
    private static readonly Op ContiguousOp = new("aten::contiguous"); // contiguous(Tensor(a) self, *, MemoryFormat memory_format=contiguous_format) -> Tensor(a)
    private static readonly Op CloneOp = new("aten::clone"); // clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor
    private static readonly Op DetachOp = new("aten::detach"); // detach(Tensor(a) self) -> Tensor(a)
    private static readonly Op ToOp = new("aten::to", "device"); // to.device(Tensor(a) self, Device device, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None)
    private static readonly Op ToDTypeOp = new("aten::to", "dtype"); // to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None)
    private static readonly Op SumOp = new("aten::sum"); // sum(Tensor self, *, ScalarType? dtype=None) -> Tensor
    private static readonly Op SumDimOp = new("aten::sum", "dim_IntList"); // sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None)
    private static readonly Op MeanOp = new("aten::mean"); // mean(Tensor self, *, ScalarType? dtype=None) -> Tensor
    private static readonly Op MeanDimOp = new("aten::mean", "dim"); // mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None)
    private static readonly Op MaxOp = new("aten::max"); // max(Tensor self) -> Tensor
    private static readonly Op MinOp = new("aten::min"); // min(Tensor self) -> Tensor
    private static readonly Op AmaxOp = new("aten::amax"); // amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor
    private static readonly Op NormOp = new("aten::norm", "Scalar"); // norm.Scalar(Tensor self, Scalar p=2) -> Tensor
    private static readonly Op StdOp = new("aten::std", "dim"); // std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False)
    private static readonly Op ArgMaxOp = new("aten::argmax"); // argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor
    private static readonly Op CumProdOp = new("aten::cumprod"); // cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor
    private static readonly Op CumSumOp = new("aten::cumsum"); // cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor
    private static readonly Op QuantileOp = new("aten::quantile", "scalar"); // quantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, str interpolation='linear')
    private static readonly Op AllOp = new("aten::all"); // all(Tensor self) -> Tensor
    private static readonly Op AnyOp = new("aten::any"); // any(Tensor self) -> Tensor

    /// <summary>The same memory under another shape; fails where strides do not allow it.</summary>
    public Tensor View(params long[] shape) => ViewOp.Call(this, shape);

    /// <summary>The same bits read as another type of the same size; shares memory.</summary>
    public Tensor View(ScalarType dtype) => ViewDTypeOp.Call(this, dtype);

    /// <summary>Another shape, copied only where a view is not possible; one size may be -1.</summary>
    public Tensor Reshape(params long[] shape) => ReshapeOp.Call(this, shape);

    /// <summary>Swaps two dimensions (a view).</summary>
    public Tensor Transpose(int a, int b) => TransposeOp.Call(this, a, b);

    /// <summary>Reorders the dimensions (a view).</summary>
    public Tensor Permute(params long[] dims) => PermuteOp.Call(this, dims);

    /// <summary>Inserts a dimension of size 1 (a view).</summary>
    public Tensor Unsqueeze(int dim) => UnsqueezeOp.Call(this, dim);

    /// <summary>Removes a dimension of size 1 (a view).</summary>
    public Tensor Squeeze(int dim) => SqueezeOp.Call(this, dim);

    /// <summary>Joins dimensions start..end into one.</summary>
    public Tensor Flatten(int start = 0, int end = -1) => FlattenOp.Call(this, start, end);

    /// <summary>Repeats dimensions of size 1 without copying; -1 keeps a size.</summary>
    public Tensor Expand(params long[] shape) => ExpandOp.Call(this, shape);

    /// <summary>Tiles the tensor, copying.</summary>
    public Tensor Repeat(params long[] repeats) => RepeatOp.Call(this, repeats);

    /// <summary>Elements start..start+length of one dimension (a view).</summary>
    public Tensor Narrow(int dim, long start, long length) => NarrowOp.Call(this, dim, start, length);

    /// <summary>Elements start..end (exclusive, may be null for the end) of one dimension in steps (a view).</summary>
    public Tensor Slice(int dim, long start, long? end = null, long step = 1) => SliceOp.Call(this, dim, start, end, step);

    /// <summary>One element of a dimension, which disappears (a view).</summary>
    public Tensor Select(int dim, long index) => SelectOp.Call(this, dim, index);

    /// <summary>Cuts a dimension into equal parts (views).</summary>
    public Tensor[] Chunk(int count, int dim = 0) => ChunkOp.CallMany(this, count, dim);

    /// <summary>Cuts a dimension into parts of a size (views).</summary>
    public Tensor[] Split(long size, int dim = 0) => SplitOp.CallMany(this, size, dim);

    /// <summary>Reverses dimensions.</summary>
    public Tensor Flip(params long[] dims) => FlipOp.Call(this, dims);

    /// <summary>Rows of a dimension by number.</summary>
    public Tensor IndexSelect(int dim, Tensor index) => IndexSelectOp.Call(this, dim, index);

    /// <summary>Elements along a dimension by number, shape of the index.</summary>
    public Tensor Gather(int dim, Tensor index) => GatherOp.Call(this, dim, index);

    /// <summary>Repeats each element of a dimension.</summary>
    public Tensor RepeatInterleave(long repeats, int dim) => RepeatInterleaveOp.Call(this, repeats, dim);

    /// <summary>This tensor in row-major order, copied only where it is not.</summary>
    public Tensor Contiguous() => ContiguousOp.Call(this);

    /// <summary>This tensor in another memory order, copied only where it is not.</summary>
    public Tensor Contiguous(MemoryFormat format) => ContiguousOp.Call(this, (long)format);

    /// <summary>A copy.</summary>
    public Tensor Clone() => CloneOp.Call(this);

    /// <summary>The same memory outside the autograd graph.</summary>
    public Tensor Detach() => DetachOp.Call(this);

    /// <summary>Another element type, copied only where it differs.</summary>
    public Tensor To(ScalarType dtype) => ToDTypeOp.Call(this, dtype);

    /// <summary>Another device, copied only where it differs.</summary>
    public Tensor To(Device device) => ToOp.Call(this, device, DType);

    /// <summary>Another device and element type, copied only where they differ.</summary>
    public Tensor To(Device device, ScalarType dtype) => ToOp.Call(this, device, dtype);

    /// <summary>On the CPU, copied only where it is elsewhere.</summary>
    public Tensor Cpu() => To(Device.Cpu);

    /// <summary>Sum of all elements.</summary>
    public Tensor Sum() => SumOp.Call(this);

    /// <summary>Sum over dimensions.</summary>
    public Tensor Sum(long[] dims, bool keepDim = false) => SumDimOp.Call(this, dims, keepDim);

    /// <summary>Mean of all elements.</summary>
    public Tensor Mean() => MeanOp.Call(this);

    /// <summary>Mean over dimensions.</summary>
    public Tensor Mean(long[] dims, bool keepDim = false) => MeanDimOp.Call(this, dims, keepDim);

    /// <summary>Largest element.</summary>
    public Tensor Max() => MaxOp.Call(this);

    /// <summary>Smallest element.</summary>
    public Tensor Min() => MinOp.Call(this);

    /// <summary>Largest elements over dimensions.</summary>
    public Tensor Amax(long[] dims, bool keepDim = false) => AmaxOp.Call(this, dims, keepDim);

    /// <summary>Euclidean norm of all elements.</summary>
    public Tensor Norm() => NormOp.Call(this);

    /// <summary>Standard deviation over dimensions.</summary>
    public Tensor Std(long[] dims, bool unbiased = true, bool keepDim = false) => StdOp.Call(this, dims, unbiased, keepDim);

    /// <summary>Position of the largest element of a dimension.</summary>
    public Tensor ArgMax(int dim, bool keepDim = false) => ArgMaxOp.Call(this, (long)dim, keepDim);

    /// <summary>Cumulative product along a dimension.</summary>
    public Tensor CumProd(int dim) => CumProdOp.Call(this, dim);

    /// <summary>Cumulative sum along a dimension.</summary>
    public Tensor CumSum(int dim) => CumSumOp.Call(this, dim);

    /// <summary>Quantile q in [0, 1] along a dimension, interpolated linearly.</summary>
    public Tensor Quantile(double q, int dim) => QuantileOp.Call(this, q, (long)dim);

    /// <summary>Whether all elements are true.</summary>
    public Tensor All() => AllOp.Call(this);

    /// <summary>Whether any element is true.</summary>
    public Tensor Any() => AnyOp.Call(this);
}
