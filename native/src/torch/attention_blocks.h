// The attention kernel's body for vectors of `Lanes` floats; included by one source for each instruction set.
#pragma once
#include <math.h>
#include <string.h>

#include "attention_kernel.h"
#include "vectors.h"

namespace px::attention {
namespace {  // a copy for each instruction set: none may stand in for another

// ScoreRows x 2 vectors of scores at once; ValueRows[C - 1] x C vectors of the result, C up to MostColumns.
template <int Lanes, int ScoreRows, int MostColumns, int... ValueRows>
class Blocks final : public Kernel {
  using V = Vectors<Lanes>;
  using F = typename V::F;
  static constexpr int64_t kPanel = 2 * Lanes;         // keys whose scores are computed at once
  static constexpr int64_t kKeys = 512;                // keys in a block
  static constexpr int64_t kScoreStride = kKeys + 16;  // rows do not fall on each other in the cache
  static constexpr int64_t kAligned = 16;              // floats that begin at a vector

 public:
  explicit Blocks(const Shape& shape)
      : shape_(shape),
        vectors_((shape.width + Lanes - 1) / Lanes),
        panels_((vectors_ + MostColumns - 1) / MostColumns),
        columns_((vectors_ + panels_ - 1) / panels_),
        padded_keys_((shape.keys + kPanel - 1) / kPanel * kPanel) {}

  int64_t scratch_size() const override {
    return padded_keys_ * (shape_.depth + wide()) + kRows * (shape_.depth + kScoreStride + wide()) + 4 * kAligned;
  }

  void set_scratch(float* scratch) override {
    const auto take = [&](int64_t count) {
      float* taken = scratch;
      scratch += (count + kAligned - 1) / kAligned * kAligned;
      return taken;
    };
    keys_ = take(padded_keys_ * shape_.depth);
    values_ = take(padded_keys_ * wide());
    queries_ = take(kRows * shape_.depth);
    scores_ = take(kRows * kScoreStride);
    result_ = take(kRows * wide());
  }

  void set_head(const Head& head) override {
    head_ = head;
    // Keys: panels of [depth][kPanel].
    for (int64_t j = 0; j < padded_keys_; j++) {
      float* to = keys_ + j / kPanel * kPanel * shape_.depth + j % kPanel;
      const float* from = head.key + j * head.key_stride;
      for (int64_t d = 0; d < shape_.depth; d++) to[d * kPanel] = j < shape_.keys ? from[d] : 0.f;
    }
    // Values: panels of [keys][columns].
    const auto width = columns_ * Lanes;
    for (int64_t panel = 0; panel < panels_; panel++)
      for (int64_t j = 0; j < padded_keys_; j++) {
        float* to = values_ + (panel * padded_keys_ + j) * width;
        const float* from = head.value + j * head.value_stride + panel * width;
        const auto have = j < shape_.keys ? smaller(width, shape_.width - panel * width) : 0;
        for (int64_t e = 0; e < width; e++) to[e] = e < have ? from[e] : 0.f;
      }
  }

  void run(int64_t block) override {
    first_ = block * kRows;
    rows_ = smaller(kRows, shape_.queries - first_);
    pack_queries();
    for (int64_t row = 0; row < kRows; row++) maxima_[row] = -INFINITY, sums_[row] = 0;
    memset(result_, 0, kRows * wide() * sizeof(float));
    for (int64_t key = 0; key < shape_.keys; key += kKeys) {
      const auto keys = smaller(kKeys, padded_keys_ - key);
      scores(key, keys);
      softmax(keys);
      add_values<1, ValueRows...>(key, keys);
    }
    write();
  }

 private:
  static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
  int64_t wide() const { return panels_ * columns_ * Lanes; }

  // Groups of [depth][ScoreRows], scaled.
  void pack_queries() {
    for (int64_t i = 0; i < (rows_ + ScoreRows - 1) / ScoreRows * ScoreRows; i++) {
      float* to = queries_ + i / ScoreRows * ScoreRows * shape_.depth + i % ScoreRows;
      const float* from = head_.query + (first_ + i) * head_.query_stride;
      for (int64_t d = 0; d < shape_.depth; d++) to[d * ScoreRows] = i < rows_ ? from[d] * shape_.scale : 0.f;
    }
  }

  void scores(int64_t first_key, int64_t keys) {
    for (int64_t panel = 0; panel < keys; panel += kPanel)
      for (int64_t row = 0; row < rows_; row += ScoreRows) {
        F acc[ScoreRows][2] = {};
        multiply<Lanes>(shape_.depth, queries_ + row * shape_.depth, 1, ScoreRows, keys_ + (first_key + panel) * shape_.depth, acc);
        for (int r = 0; r < ScoreRows; r++)
          for (int c = 0; c < 2; c++) V::store(scores_ + (row + r) * kScoreStride + panel + c * Lanes, acc[r][c]);
      }
    const auto have = smaller(keys, shape_.keys - first_key);
    for (int64_t row = 0; row < rows_; row++) {
      float* at = scores_ + row * kScoreStride;
      if (head_.mask != nullptr) {
        const float* mask = head_.mask + (first_ + row) * head_.mask_stride + first_key * head_.mask_column_stride;
        for (int64_t j = 0; j < have; j++) at[j] += mask[j * head_.mask_column_stride];
      }
      for (int64_t j = have; j < keys; j++) at[j] = -INFINITY;
    }
  }

  // Scores become weights relative to the largest so far; what was summed before is scaled to it by `factors_`.
  void softmax(int64_t keys) {
    for (int64_t row = 0; row < rows_; row++) {
      float* at = scores_ + row * kScoreStride;
      F most = V::load(at);
      for (int64_t j = Lanes; j < keys; j += Lanes) most = V::larger(V::load(at + j), most);
      float largest = maxima_[row];
      for (int lane = 0; lane < Lanes; lane++) largest = most[lane] > largest ? most[lane] : largest;
      if (largest == -INFINITY) {  // nothing to look at yet
        memset(at, 0, keys * sizeof(float));
        factors_[row] = 1;
        continue;
      }
      F sum{};
      for (int64_t j = 0; j < keys; j += Lanes) {
        const F weight = V::exp(V::load(at + j) - largest);
        V::store(at + j, weight);
        sum += weight;
      }
      factors_[row] = expf(maxima_[row] - largest);
      maxima_[row] = largest;
      float total = 0;
      for (int lane = 0; lane < Lanes; lane++) total += sum[lane];
      sums_[row] = sums_[row] * factors_[row] + total;
    }
  }

  // The kernel for as many columns as a panel has.
  template <int C, int R, int... More>
  void add_values(int64_t first_key, int64_t keys) {
    if constexpr (sizeof...(More) > 0)
      if (columns_ != C) return add_values<C + 1, More...>(first_key, keys);
    for (int64_t panel = 0; panel < panels_; panel++)
      for (int64_t row = 0; row < rows_; row += R) {
        float* result = result_ + (panel * kRows + row) * C * Lanes;
        F acc[R][C] = {};  // of this block alone: short sums lose less
        multiply<Lanes>(keys, scores_ + row * kScoreStride, kScoreStride, 1, values_ + (panel * padded_keys_ + first_key) * C * Lanes, acc);
        for (int r = 0; r < R; r++)
          for (int c = 0; c < C; c++) {
            float* at = result + (r * C + c) * Lanes;
            V::store(at, V::load(at) * factors_[row + r] + acc[r][c]);
          }
      }
  }

  void write() {
    const auto width = columns_ * Lanes;
    for (int64_t row = 0; row < rows_; row++) {
      float* to = head_.out + (first_ + row) * head_.out_stride;
      const float share = 1 / sums_[row];
      for (int64_t e = 0; e < shape_.width; e++) to[e] = result_[(e / width * kRows + row) * width + e % width] * share;
    }
  }

  const Shape shape_;
  const int64_t vectors_, panels_, columns_, padded_keys_;
  float *keys_ = nullptr, *values_ = nullptr, *queries_ = nullptr, *scores_ = nullptr, *result_ = nullptr;
  float maxima_[kRows], sums_[kRows], factors_[kRows] = {};
  Head head_{};
  int64_t first_ = 0, rows_ = 0;
};

}  // namespace
}  // namespace px::attention
