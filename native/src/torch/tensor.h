// Handles: an owning TensorImpl pointer is a px_tensor. Every handle given out is counted until px_tensor_free.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

using px_tensor = void*;

namespace px {

px_tensor give(at::Tensor tensor);        // null for an undefined tensor
at::Tensor borrow(px_tensor handle);      // a new reference; undefined for null

}  // namespace px
