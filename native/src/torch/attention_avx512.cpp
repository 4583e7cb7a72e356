// The attention kernel for 32 registers of 16 floats.
#include "attention_blocks.h"

px::attention::Kernel* px::attention::kernel_avx512(const Shape& shape) {
  return __builtin_cpu_supports("avx512f") ? new Blocks<16, 12, 5, 12, 12, 6, 6, 5>(shape) : nullptr;
}
