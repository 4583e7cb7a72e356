// The attention kernel for 16 registers of 8 floats.
#include "attention_blocks.h"

px::attention::Kernel* px::attention::kernel_avx2(const Shape& shape) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? new Blocks<8, 6, 3, 6, 6, 4>(shape) : nullptr;
}
