// softmax(q k^T + mask) v in single precision, by blocks of queries and keys whose scores stay in the cache, with the running maximum and
// sum of FlashAttention (Dao et al. 2022, algorithm 1). Compiled once for each instruction set; only the products' shapes differ.
#pragma once
#include <cstdint>

namespace px::attention {

// Operands of one batch entry's head. Widths are contiguous; strides count elements.
struct Head {
  const float *query, *key, *value, *mask;  // [N, D], [M, D], [M, E]; the mask [N, M] or null
  float* out;                               // [N, E]
  int64_t query_stride, key_stride, value_stride, mask_stride, mask_column_stride, out_stride;
};

struct Shape {
  int64_t queries, keys, depth, width;  // N, M, D, E
  float scale;
};

constexpr int64_t kRows = 60;  // queries in a block: a multiple of every kernel's rows
inline int64_t blocks_of(const Shape& shape) { return (shape.queries + kRows - 1) / kRows; }

// What one thread uses: a head is set, which packs its keys and values, then blocks of its queries run.
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual int64_t scratch_size() const = 0;       // in floats
  virtual void set_scratch(float* scratch) = 0;  // aligned to 64 bytes; the caller's
  virtual void set_head(const Head& head) = 0;
  virtual void run(int64_t block) = 0;
};

// Null where the processor lacks the instructions; the caller deletes it.
Kernel* kernel_avx512(const Shape& shape);
Kernel* kernel_avx2(const Shape& shape);

}  // namespace px::attention
