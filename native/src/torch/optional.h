// libtorch moved from its own optional to the standard one.
#pragma once
#include <torch/version.h>

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 5)
#include <optional>
template <typename T>
using px_optional = std::optional<T>;
#else
#include <c10/util/Optional.h>
template <typename T>
using px_optional = c10::optional<T>;
#endif
