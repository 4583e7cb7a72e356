// The linear kernel's body for vectors of `Lanes` floats; included by one source for each instruction set.
// A panel of weights is packed so that its columns lie beside each other; x is read where it lies, `Rows` rows at once. Every row sums in the same order, whichever rows are beside it: a batch gives what its entries give.
#pragma once
#include "linear_kernel.h"
#include "vectors.h"

namespace px::linear {
namespace {  // a copy for each instruction set

template <int Lanes, int Rows>
class Tiles {
  using V = Vectors<Lanes>;
  using F = typename V::F;
  static constexpr int64_t kPanel = 2 * Lanes;  // columns at once
  static constexpr int64_t kDepth = 576;        // of a packed panel at most: it stays in the second-level cache, and short sums lose less
  static constexpr int64_t kLine = 16;          // floats that the cache fetches at once
  static constexpr int64_t kRows = 64 * Rows;   // that go through all panels together, while they stay in the third-level cache

 public:
  static const Kernel* kernel() {
    static constexpr Kernel kernel{kPanel, kPanel * kDepth, run};
    return &kernel;
  }

 private:
  static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

  static void run(const Operands& of, const Part& part, float* panel) {
    const auto pieces = (of.depth + kDepth - 1) / kDepth;
    const auto step = ((of.depth + pieces - 1) / pieces + Lanes - 1) / Lanes * Lanes;
    for (auto row = part.first_row; row < part.last_row; row += kRows)
      for (auto p = part.first_panel; p < part.last_panel; p++)
        for (int64_t k = 0; k < of.depth; k += step) {
          const auto depth = smaller(step, of.depth - k);
          pack(of, p * kPanel, k, depth, panel);
          multiply_rows(of, row, smaller(row + kRows, part.last_row), p * kPanel, k, depth, panel);
        }
  }

  // weight [column.., k..] -> [depth][kPanel]; columns beyond the last are 0.
  static void pack(const Operands& of, int64_t column, int64_t k, int64_t depth, float* panel) {
    for (int half = 0; half < 2; half++, column += Lanes, panel += Lanes) {
      const auto have = smaller(Lanes, of.columns - column);
      const float* from = of.weight + column * of.weight_stride + k;
      int64_t d = 0;
      if (have == Lanes)
        for (; d + Lanes <= depth; d += Lanes) transpose(from + d, of.weight_stride, panel + d * kPanel);
      for (; d < depth; d++)
        for (int64_t c = 0; c < Lanes; c++) panel[d * kPanel + c] = c < have ? from[c * of.weight_stride + d] : 0.f;
    }
  }

  // A square of Lanes x Lanes: rows exchange halves, quarters, ..., single elements.
  __attribute__((always_inline)) static void transpose(const float* from, int64_t stride, float* to) {
    F rows[Lanes];
#pragma GCC unroll 16
    for (int i = 0; i < Lanes; i++) rows[i] = V::load_anywhere(from + i * stride);
    exchange<Lanes / 2>(rows);
#pragma GCC unroll 16
    for (int i = 0; i < Lanes; i++) V::store(to + i * kPanel, rows[i]);
  }

  template <int Distance>
  __attribute__((always_inline)) static void exchange(F (&rows)[Lanes]) {
    typename V::I low, high;
#pragma GCC unroll 16
    for (int i = 0; i < Lanes; i++) {
      low[i] = (i & Distance) != 0 ? Lanes + i - Distance : i;
      high[i] = (i & Distance) != 0 ? Lanes + i : i + Distance;
    }
#pragma GCC unroll 16
    for (int i = 0; i < Lanes; i++) {
      if ((i & Distance) != 0) continue;
      const F first = rows[i], second = rows[i + Distance];
      rows[i] = __builtin_shuffle(first, second, low);
      rows[i + Distance] = __builtin_shuffle(first, second, high);
    }
    if constexpr (Distance > 1) exchange<Distance / 2>(rows);
  }

  static void multiply_rows(const Operands& of, int64_t row, int64_t last, int64_t column, int64_t k, int64_t depth, const float* panel) {
    const auto have = smaller(kPanel, of.columns - column);
    alignas(64) float bias[kPanel] = {}, edge[Rows * kPanel];
    if (of.bias != nullptr)
      for (int64_t c = 0; c < have; c++) bias[c] = of.bias[column + c];
    const float* start = k == 0 ? bias : nullptr;
    for (; row < last; row += Rows) {
      const auto count = smaller(Rows, last - row);
      const float* x = of.x + row * of.x_stride + k;
      float* out = of.out + row * of.out_stride + column;
      if (have == kPanel) {
        tile<Rows>(count, x, of.x_stride, depth, panel, out, of.out_stride, start);
        continue;
      }
      for (int64_t r = 0; r < count && start == nullptr; r++)
        for (int64_t c = 0; c < have; c++) edge[r * kPanel + c] = out[r * of.out_stride + c];
      tile<Rows>(count, x, of.x_stride, depth, panel, edge, kPanel, start);
      for (int64_t r = 0; r < count; r++)
        for (int64_t c = 0; c < have; c++) out[r * of.out_stride + c] = edge[r * kPanel + c];
    }
  }

  // out[count][kPanel] = start or what it is, + x panel; for as many rows as there are.
  template <int R>
  static void tile(int64_t count, const float* x, int64_t x_stride, int64_t depth, const float* panel, float* out, int64_t out_stride,
                   const float* start) {
    if constexpr (R > 1)
      if (count < R) return tile<R - 1>(count, x, x_stride, depth, panel, out, out_stride, start);
    F acc[R][2] = {};
    for (int64_t k = 0; k < depth; k += kLine) {
      // The next rows, of which the processor would learn with their first miss.
#pragma GCC unroll 16
      for (int r = 0; r < R; r++) __builtin_prefetch(x + (R + r) * x_stride + k, 0, 2);
      multiply<Lanes>(smaller(kLine, depth - k), x + k, x_stride, 1, panel + k * kPanel, acc);
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; r++)
#pragma GCC unroll 2
      for (int c = 0; c < 2; c++) {
        float* at = out + r * out_stride + c * Lanes;
        V::store_anywhere(at, acc[r][c] + (start != nullptr ? V::load(start + c * Lanes) : V::load_anywhere(at)));
      }
  }
};

}  // namespace
}  // namespace px::linear
