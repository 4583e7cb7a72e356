// x w^T + b in single precision. Compiled once for each instruction set; only the tiles' shapes differ.
#pragma once
#include <cstdint>

namespace px::linear {

// Columns are contiguous; strides count elements.
struct Operands {
  const float *x, *weight, *bias;  // [rows, depth], [columns, depth], [columns] or null
  float* out;                      // [rows, columns]
  int64_t rows, depth, columns, x_stride, weight_stride, out_stride;
};

// What one thread computes: rows, and panels of columns, from the first to before the last.
struct Part {
  int64_t first_row, last_row, first_panel, last_panel;
};

struct Kernel {
  int64_t panel;    // columns in a panel
  int64_t scratch;  // floats that a thread works in, aligned to 64 bytes
  void (*run)(const Operands& of, const Part& part, float* scratch);
};

// Null where the processor lacks the instructions.
const Kernel* kernel_avx512();
const Kernel* kernel_avx2();

}  // namespace px::linear
