// The linear kernel for 32 registers of 16 floats.
#include "linear_tiles.h"

const px::linear::Kernel* px::linear::kernel_avx512() { return __builtin_cpu_supports("avx512f") ? Tiles<16, 12>::kernel() : nullptr; }
