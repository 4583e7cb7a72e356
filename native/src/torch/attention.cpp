// pixart::attention: softmax(q k^T scale + mask) v for CPU inference, where libtorch (before 2.0) has no fused operator.
// The scores of all queries at once would be written to memory and read back four times. Here each thread takes a block of
// queries of one head, whose scores stay in its cache, and operands are read where they lie: no head is made contiguous.
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/_softmax.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <torch/library.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "attention_kernel.h"
#include "capability.h"
#include "optional.h"
#include "parallel.h"

namespace {

using px::attention::Kernel;
using px::attention::Shape;

// q [B, H, N, D], k [B, H, M, D], v [B, H, M, E], bias [B, H, N, M] or undefined, out [B, N, H, E]
struct Operands {
  at::Tensor q, k, v, bias, out;
  double scale;
};

// The best that the processor has.
std::unique_ptr<Kernel> kernel_for(const Shape& shape) {
  Kernel* kernel = nullptr;
#ifdef PX_X86_KERNELS
  if (px::allows_avx512()) kernel = px::attention::kernel_avx512(shape);
  if (kernel == nullptr && px::allows_avx2()) kernel = px::attention::kernel_avx2(shape);
#endif
  return std::unique_ptr<Kernel>(kernel);
}

// By our own kernel; false where there is none for these operands or this processor.
bool by_kernel(const Operands& of) {
  const auto dense = [](const at::Tensor& x) { return x.stride(3) == 1; };
  if (of.q.scalar_type() != at::kFloat || !dense(of.q) || !dense(of.k) || !dense(of.v)) return false;
  if (of.bias.defined() && of.bias.scalar_type() != at::kFloat) return false;
  const Shape shape{of.q.size(2), of.k.size(2), of.q.size(3), of.v.size(3), static_cast<float>(of.scale)};
  if (kernel_for(shape) == nullptr) return false;
  const auto heads = of.q.size(1), blocks = px::attention::blocks_of(shape), all_heads = of.q.size(0) * heads;
  // Threads take parts of heads as they become free: a core that does other work in between must not keep the rest waiting.
  const auto threads = px::threads_for(static_cast<double>(all_heads) * shape.queries * shape.keys * (shape.depth + shape.width));
  const auto parts = std::clamp<int64_t>(8 * threads / all_heads, 1, blocks);
  std::atomic<int64_t> next{0};
  at::parallel_for(0, std::min<int64_t>(threads, all_heads * parts), 1, [&](int64_t, int64_t) {
    const auto kernel = kernel_for(shape);
    const at::Tensor scratch = at::empty({kernel->scratch_size()}, of.q.options());
    kernel->set_scratch(scratch.data_ptr<float>());
    const auto at_head = [](const at::Tensor& x, int64_t b, int64_t h) { return x.data_ptr<float>() + b * x.stride(0) + h * x.stride(1); };
    for (auto task = next++; task < all_heads * parts; task = next++) {
      const auto b = task / parts / heads, h = task / parts % heads, part = task % parts;
      kernel->set_head({at_head(of.q, b, h), at_head(of.k, b, h), at_head(of.v, b, h), of.bias.defined() ? at_head(of.bias, b, h) : nullptr,
                        of.out.data_ptr<float>() + b * of.out.stride(0) + h * of.out.stride(2), of.q.stride(2), of.k.stride(2), of.v.stride(2),
                        of.bias.defined() ? of.bias.stride(2) : 0, of.bias.defined() ? of.bias.stride(3) : 0, of.out.stride(1)});
      for (auto block = blocks * part / parts; block < blocks * (part + 1) / parts; block++) kernel->run(block);
    }
  });
  return true;
}

// By libtorch's matrix products, block by block.
void by_products(const Operands& of) {
  constexpr int64_t cached_scores = 1 << 20;  // elements a thread works on
  constexpr int64_t most_rows = 256;          // enough for the matrix products to run at full speed
  const auto batch = of.q.size(0), heads = of.q.size(1), queries = of.q.size(2), keys = of.k.size(2);
  const auto rows = std::min(queries, std::min(most_rows, std::max<int64_t>(32, cached_scores / keys)));
  const auto blocks = (queries + rows - 1) / rows;
  at::parallel_for(0, batch * heads * blocks, 1, [&](int64_t begin, int64_t end) {
    at::AutoDispatchBelowADInplaceOrView worker_below_autograd;
    const at::Tensor buffer = at::empty({rows, keys}, of.q.options());
    for (auto task = begin; task < end; task++) {
      const auto b = task / (heads * blocks), h = task / blocks % heads, first = task % blocks * rows;
      const auto n = std::min(rows, queries - first);
      at::Tensor scores = buffer.narrow(0, 0, n);
      const at::Tensor block = of.q.select(0, b).select(0, h).narrow(0, first, n), keys_t = of.k.select(0, b).select(0, h).t();
      if (of.bias.defined())
        at::addmm_out(scores, of.bias.select(0, b).select(0, h).narrow(0, first, n), block, keys_t, 1, of.scale);
      else
        at::addmm_out(scores, scores, block, keys_t, 0, of.scale);
      at::_softmax_out(scores, scores, -1, false);
      at::Tensor result = of.out.select(0, b).narrow(0, first, n).select(1, h);
      at::mm_out(result, scores, of.v.select(0, b).select(0, h));
    }
  });
}

// Returns [B, H, N, E], laid out as [B, N, H, E]; the mask broadcasts to [B, H, N, M].
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const px_optional<at::Tensor>& mask,
                     double scale) {
  TORCH_CHECK(q.dim() == 4 && k.dim() == 4 && v.dim() == 4, "attention: query, key and value must have 4 dimensions");
  const auto batch = q.size(0), heads = q.size(1), queries = q.size(2), keys = k.size(2), width = v.size(3);
  TORCH_CHECK(k.size(0) == batch && v.size(0) == batch && k.size(1) == heads && v.size(1) == heads && v.size(2) == keys &&
                  k.size(3) == q.size(3),
              "attention: query ", q.sizes(), ", key ", k.sizes(), " and value ", v.sizes(), " do not fit");
  TORCH_CHECK(k.scalar_type() == q.scalar_type() && v.scalar_type() == q.scalar_type(), "attention: query is ", q.scalar_type(), ", key ",
              k.scalar_type(), ", value ", v.scalar_type(), ", expected one type");
  at::AutoDispatchBelowADInplaceOrView below_autograd;
  const at::Tensor bias = mask.has_value() && mask->defined() ? mask->expand({batch, heads, queries, keys}) : at::Tensor();
  at::Tensor out = at::empty({batch, queries, heads, width}, q.options());
  if (out.numel() == 0 || keys == 0) return out.zero_().transpose(1, 2);
  const Operands operands{q, k, v, bias, out, scale};
  if (!by_kernel(operands)) by_products(operands);
  return out.transpose(1, 2);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(pixart, library) {
  library.def("attention(Tensor query, Tensor key, Tensor value, Tensor? mask, float scale) -> Tensor");
  library.impl("attention", c10::DispatchKey::CPU, attention);
}
