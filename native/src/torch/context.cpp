// Versions, devices, threads, generators.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/Generator.h>
#include <ATen/CPUGeneratorImpl.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <string>

#include "../guard.h"
#include "tensor.h"

namespace {
int copy_text(const std::string& text, char* buffer, int32_t capacity) {
  auto n = std::min<size_t>(text.size(), static_cast<size_t>(capacity) - 1);
  text.copy(buffer, n);
  buffer[n] = 0;
  return 0;
}
}  // namespace

PX_EXPORT const char* px_torch_version() { return TORCH_VERSION; }

PX_EXPORT int px_build_configuration(char* buffer, int32_t capacity) {
  return px::guard([&] { copy_text(at::show_config() + at::get_parallel_info(), buffer, capacity); });
}

PX_EXPORT int32_t px_threads() { return at::get_num_threads(); }

PX_EXPORT int px_set_threads(int32_t count) {
  return px::guard([&] {
    // A thread takes over what any thread set last when it first asks; ask before, or that undoes what is set here.
    at::get_num_threads();
    at::set_num_threads(count);
  });
}

PX_EXPORT int32_t px_has_mkldnn() { return at::hasMKLDNN() ? 1 : 0; }

PX_EXPORT int px_set_mkldnn(int32_t enabled) {
  return px::guard([&] { at::globalContext().setUserEnabledMkldnn(enabled != 0); });
}

PX_EXPORT int32_t px_allows_tf32() {
  return at::globalContext().allowTF32CuBLAS() && at::globalContext().allowTF32CuDNN() ? 1 : 0;
}

PX_EXPORT int px_allow_tf32(int32_t allowed) {
  return px::guard([&] {
    at::globalContext().setAllowTF32CuBLAS(allowed != 0);
    at::globalContext().setAllowTF32CuDNN(allowed != 0);
  });
}

PX_EXPORT int px_cuda_device_count(int32_t* count) {
  return px::guard([&] { *count = static_cast<int32_t>(torch::cuda::device_count()); });
}

PX_EXPORT int px_cuda_synchronize(int32_t index) {
  return px::guard([&] { torch::cuda::synchronize(index); });
}

PX_EXPORT int px_manual_seed(uint64_t seed) {
  return px::guard([&] { at::manual_seed(seed); });
}

PX_EXPORT int px_generator_new(int32_t device_type, int32_t device_index, uint64_t seed, void** generator) {
  return px::guard([&] {
    c10::Device device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index));
    at::Generator made = device.is_cpu() ? at::detail::createCPUGenerator(seed)
                                         : at::globalContext().defaultGenerator(device).clone();
    made.set_current_seed(seed);
    *generator = new at::Generator(made);
  });
}

PX_EXPORT void px_generator_free(void* generator) { delete static_cast<at::Generator*>(generator); }

PX_EXPORT int px_generator_seed(void* generator, uint64_t seed) {
  return px::guard([&] { static_cast<at::Generator*>(generator)->set_current_seed(seed); });
}

PX_EXPORT int px_generator_get_state(void* generator, px_tensor* state) {
  return px::guard([&] { *state = px::give(static_cast<at::Generator*>(generator)->get_state()); });
}

PX_EXPORT int px_generator_set_state(void* generator, px_tensor state) {
  return px::guard([&] { static_cast<at::Generator*>(generator)->set_state(px::borrow(state)); });
}
