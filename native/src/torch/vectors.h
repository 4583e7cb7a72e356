// Vectors of `Lanes` floats for kernels that are compiled once for each instruction set.
// Such a source uses nothing of the standard library that might be compiled out of line: the linker could take that code, with instructions that
// only some processors have, for the whole library's.
#pragma once
#include <stdint.h>

namespace px {
namespace {  // a copy for each instruction set: none may stand in for another

template <int Lanes>
struct Vectors {
  typedef float F __attribute__((vector_size(Lanes * sizeof(float))));
  typedef int32_t I __attribute__((vector_size(Lanes * sizeof(float))));

  typedef float Anywhere __attribute__((vector_size(Lanes * sizeof(float)), aligned(4)));

  static F load(const float* at) { return *reinterpret_cast<const F*>(at); }  // aligned
  static void store(float* at, F value) { *reinterpret_cast<F*>(at) = value; }
  static F load_anywhere(const float* at) { return *reinterpret_cast<const Anywhere*>(at); }
  static void store_anywhere(float* at, F value) { *reinterpret_cast<Anywhere*>(at) = value; }
  static F all(float value) { return value - F{}; }
  static F larger(F a, F b) { return a > b ? a : b; }

  // e^x for x <= 0, and 0 below the normal numbers: x = n ln 2 + r, a polynomial for e^r, n added to its exponent.
  static F exp(F x) {
    constexpr float round = 12582912.f;  // 1.5 * 2^23: adding it leaves the nearest integer in the lowest bits
    const F shifted = x * 1.44269504f + round;
    const F n = shifted - round;
    const F r = (x - n * 0.693145752f) - n * 1.42860677e-6f;
    F e = all(1.f / 5040);
    e = e * r + 1.f / 720;
    e = e * r + 1.f / 120;
    e = e * r + 1.f / 24;
    e = e * r + 1.f / 6;
    e = e * r + 0.5f;
    e = e * r + 1.f;
    e = e * r + 1.f;
    const I bits = reinterpret_cast<I>(e) + (reinterpret_cast<I>(shifted) << 23);
    return x < all(-87.f) ? F{} : reinterpret_cast<F>(bits);
  }
};

// acc[R][C vectors] += a[R][depth] b[depth][C vectors]; the rows of `a` lie `row` apart, and its columns `column`.
template <int Lanes, int R, int C>
__attribute__((always_inline)) inline void multiply(int64_t depth, const float* a, int64_t row, int64_t column, const float* b,
                                                    typename Vectors<Lanes>::F (&acc)[R][C]) {
  using V = Vectors<Lanes>;
  constexpr int kReach = 3;  // rows that an address with a scaled index reaches from one pointer
  const float* rows[(R + kReach - 1) / kReach];
  for (int r = 0; r < R; r += kReach) rows[r / kReach] = a + r * row;
  for (int64_t k = 0; k < depth; k++, b += C * Lanes) {
    typename V::F factors[C];
#pragma GCC unroll 8
    for (int c = 0; c < C; c++) factors[c] = V::load(b + c * Lanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      const auto factor = V::all(rows[r / kReach][r % kReach * row]);
#pragma GCC unroll 8
      for (int c = 0; c < C; c++) acc[r][c] += factor * factors[c];
    }
#pragma GCC unroll 16
    for (auto& at : rows) at += column;
  }
}

}  // namespace
}  // namespace px
