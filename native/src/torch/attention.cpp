// pixart::attention: softmax(q k^T scale + mask) v for CPU inference, where libtorch (before 2.0) has no fused operator.
// The scores of all queries at once would be written to memory and read back four times. Here each thread takes a block of
// queries of one head, whose scores stay in its cache, and operands are read where they lie: no head is made contiguous.
#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/_softmax.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <torch/library.h>

#include <algorithm>

#include "optional.h"

namespace {

constexpr int64_t kCachedScores = 1 << 20;  // elements a thread works on
constexpr int64_t kMostRows = 256;          // enough for the matrix products to run at full speed

// q [B, H, N, D], k [B, H, M, D], v [B, H, M, E], mask broadcasting to [B, H, N, M] -> [B, H, N, E], laid out as [B, N, H, E]
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const px_optional<at::Tensor>& mask,
                     double scale) {
  TORCH_CHECK(q.dim() == 4 && k.dim() == 4 && v.dim() == 4, "attention: query, key and value must have 4 dimensions");
  const auto batch = q.size(0), heads = q.size(1), queries = q.size(2), keys = k.size(2), width = v.size(3);
  TORCH_CHECK(k.size(0) == batch && v.size(0) == batch && k.size(1) == heads && v.size(1) == heads && v.size(2) == keys &&
                  k.size(3) == q.size(3),
              "attention: query ", q.sizes(), ", key ", k.sizes(), " and value ", v.sizes(), " do not fit");
  at::AutoDispatchBelowADInplaceOrView below_autograd;
  const at::Tensor bias = mask.has_value() && mask->defined() ? mask->expand({batch, heads, queries, keys}) : at::Tensor();
  at::Tensor out = at::empty({batch, queries, heads, width}, q.options());
  if (out.numel() == 0 || keys == 0) return out.zero_().transpose(1, 2);

  const auto rows = std::min(queries, std::min(kMostRows, std::max<int64_t>(32, kCachedScores / keys)));
  const auto blocks = (queries + rows - 1) / rows;
  at::parallel_for(0, batch * heads * blocks, 1, [&](int64_t begin, int64_t end) {
    at::AutoDispatchBelowADInplaceOrView worker_below_autograd;
    const at::Tensor buffer = at::empty({rows, keys}, q.options());
    for (auto task = begin; task < end; task++) {
      const auto b = task / (heads * blocks), h = task / blocks % heads, first = task % blocks * rows;
      const auto n = std::min(rows, queries - first);
      at::Tensor scores = buffer.narrow(0, 0, n);
      const at::Tensor block = q.select(0, b).select(0, h).narrow(0, first, n), keys_t = k.select(0, b).select(0, h).t();
      if (bias.defined())
        at::addmm_out(scores, bias.select(0, b).select(0, h).narrow(0, first, n), block, keys_t, 1, scale);
      else
        at::addmm_out(scores, scores, block, keys_t, 0, scale);
      at::_softmax_out(scores, scores, -1, false);
      at::Tensor result = out.select(0, b).narrow(0, first, n).select(1, h);
      at::mm_out(result, scores, v.select(0, b).select(0, h));
    }
  });
  return out.transpose(1, 2);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(pixart, library) {
  library.def("attention(Tensor query, Tensor key, Tensor value, Tensor? mask, float scale) -> Tensor");
  library.impl("attention", c10::DispatchKey::CPU, attention);
}
