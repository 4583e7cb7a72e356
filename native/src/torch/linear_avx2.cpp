// The linear kernel for 16 registers of 8 floats.
#include "linear_tiles.h"

const px::linear::Kernel* px::linear::kernel_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? Tiles<8, 6>::kernel() : nullptr;
}
