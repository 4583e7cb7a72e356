// pixart::linear: x w^T + b. On the CPU in single precision and without gradients by our own kernel, else libtorch's own operator.
// A BLAS packs both factors anew for every product and its threads wait for each other at every block; here each thread packs its own columns
// of the weight once, reads x where it lies, and waits for nobody before the end.
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <torch/library.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "capability.h"
#include "linear_kernel.h"
#include "optional.h"
#include "parallel.h"

namespace {

using px::linear::Kernel;
using px::linear::Operands;

const Kernel* best_kernel() {
  const Kernel* kernel = nullptr;
#ifdef PX_X86_KERNELS
  if (px::allows_avx512()) kernel = px::linear::kernel_avx512();
  if (kernel == nullptr && px::allows_avx2()) kernel = px::linear::kernel_avx2();
#endif
  return kernel;
}

bool is_plain(const at::Tensor& x) { return x.device().is_cpu() && x.scalar_type() == at::kFloat && x.layout() == at::kStrided; }

bool wants_gradient(const at::Tensor& x) { return x.defined() && x.requires_grad(); }

// How many parts the rows are cut into, the columns into the rest of the threads: the least work for the one who has most.
int64_t row_parts(int64_t threads, int64_t rows, int64_t panels) {
  constexpr int64_t packing = 16;  // packing a panel takes about as long as multiplying it with so many rows
  int64_t best = 1, least = std::numeric_limits<int64_t>::max();
  for (int64_t parts = 1; parts <= threads; parts++) {
    const auto columns = threads / parts;
    const auto work = ((panels + columns - 1) / columns) * ((rows + parts - 1) / parts + packing);
    if (work < least) best = parts, least = work;
  }
  return best;
}

void multiply(const Kernel& kernel, const Operands& of) {
  const auto threads = px::threads_for(static_cast<double>(of.rows) * of.depth * of.columns);
  const auto panels = (of.columns + kernel.panel - 1) / kernel.panel;
  const auto down = row_parts(threads, of.rows, panels), across = threads / down;
  at::parallel_for(0, down * across, 1, [&](int64_t begin, int64_t end) {
    const at::Tensor scratch = at::empty({kernel.scratch}, at::kFloat);
    for (auto i = begin; i < end; i++) {
      const auto r = i / across, c = i % across;
      kernel.run(of, {of.rows * r / down, of.rows * (r + 1) / down, panels * c / across, panels * (c + 1) / across}, scratch.data_ptr<float>());
    }
  });
}

at::Tensor linear(const at::Tensor& input, const at::Tensor& weight, const px_optional<at::Tensor>& given) {
  const at::Tensor bias = given.has_value() ? *given : at::Tensor();
  const auto gradients = at::GradMode::is_enabled() && (wants_gradient(input) || wants_gradient(weight) || wants_gradient(bias));
  const Kernel* kernel = best_kernel();
  constexpr int64_t least_rows = 24;  // with fewer, packing the weight is most of the work
  if (kernel == nullptr || gradients || !is_plain(input) || !is_plain(weight) || input.dim() < 2 || weight.dim() != 2 || weight.size(1) == 0 ||
      weight.size(1) != input.size(-1) || weight.stride(1) != 1 || input.numel() / weight.size(1) < least_rows ||
      (bias.defined() && (!is_plain(bias) || bias.dim() != 1 || bias.size(0) != weight.size(0))))
    return at::linear(input, weight, given);
  at::AutoDispatchBelowADInplaceOrView below_autograd;
  const at::Tensor x = input.reshape({-1, input.size(-1)}), rows = x.stride(1) == 1 ? x : x.contiguous();
  const at::Tensor terms = bias.defined() ? bias.contiguous() : bias;
  at::Tensor out = at::empty({rows.size(0), weight.size(0)}, input.options());
  multiply(*kernel, {rows.data_ptr<float>(), weight.data_ptr<float>(), terms.defined() ? terms.data_ptr<float>() : nullptr, out.data_ptr<float>(),
                     rows.size(0), rows.size(1), weight.size(0), rows.stride(0), weight.stride(0), weight.size(0)});
  auto shape = input.sizes().vec();
  shape.back() = weight.size(0);
  return out.view(shape);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(pixart, library) {
  library.def("linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor");
  library.impl("linear", c10::DispatchKey::CompositeImplicitAutograd, linear);
}
