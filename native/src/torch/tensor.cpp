// Tensor handles: lifetime, metadata, and memory that C# lends.
#include "tensor.h"

#include <ATen/Functions.h>
#include <ATen/ops/from_blob.h>

#include <atomic>

#include "../guard.h"

namespace {
std::atomic<int64_t> live{0};
}

namespace px {

px_tensor give(at::Tensor tensor) {
  if (!tensor.defined()) return nullptr;
  live.fetch_add(1, std::memory_order_relaxed);
  return tensor.unsafeReleaseTensorImpl();
}

at::Tensor borrow(px_tensor handle) {
  if (handle == nullptr) return {};
  auto* impl = static_cast<c10::TensorImpl*>(handle);
  using Pointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
  return at::Tensor(Pointer::reclaim_copy(impl));
}

}  // namespace px

PX_EXPORT void px_tensor_free(px_tensor handle) {
  if (handle == nullptr) return;
  live.fetch_sub(1, std::memory_order_relaxed);
  using Pointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
  Pointer::reclaim(static_cast<c10::TensorImpl*>(handle));
}

PX_EXPORT int64_t px_live_tensors() { return live.load(std::memory_order_relaxed); }

struct px_tensor_info {
  int64_t rank;
  const int64_t* sizes;    // valid while the handle lives and is not resized
  const int64_t* strides;
  int64_t count;
  void* data;              // null where the tensor has no storage on the CPU
  int32_t dtype;
  int32_t device_type;
  int32_t device_index;
  int32_t contiguous;
};

PX_EXPORT int px_tensor_get_info(px_tensor handle, px_tensor_info* info) {
  return px::guard([&] {
    auto* t = static_cast<c10::TensorImpl*>(handle);
    info->rank = t->dim();
    info->sizes = t->sizes().data();
    info->strides = t->strides().data();
    info->count = t->numel();
    // Later versions return a pointer to const here; writing is the caller's affair.
    info->data = t->has_storage() ? const_cast<void*>(static_cast<const void*>(t->data())) : nullptr;
    info->dtype = static_cast<int32_t>(c10::typeMetaToScalarType(t->dtype()));
    info->device_type = static_cast<int32_t>(t->device().type());
    info->device_index = t->device().index();
    info->contiguous = t->is_contiguous() ? 1 : 0;
  });
}

/// A tensor over memory that the caller keeps until release(context) is called (from any thread).
PX_EXPORT int px_tensor_from_blob(void* data, const int64_t* sizes, int64_t rank, int32_t dtype,
                                  void (*release)(void*), void* context, px_tensor* result) {
  return px::guard([&] {
    auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
    at::IntArrayRef shape(sizes, static_cast<size_t>(rank));
    if (release == nullptr)
      *result = px::give(at::from_blob(data, shape, options));
    else
      *result = px::give(at::from_blob(data, shape, [=](void*) { release(context); }, options));
  });
}
