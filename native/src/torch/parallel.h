// at::parallel_for, and a guard: compiled without libtorch's way of running threads it would run everything on one.
#pragma once
#include <ATen/Parallel.h>

#include <algorithm>

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for is serial: compile with OpenMP"
#endif

namespace px {

// Threads for so many multiply-adds: each shall have some ten microseconds of them, as waking and awaiting it costs a few.
inline int64_t threads_for(double multiply_adds) {
  constexpr double least = 1e6;
  const auto most = static_cast<int64_t>(at::get_num_threads());
  return multiply_adds < least * most ? std::max<int64_t>(1, static_cast<int64_t>(multiply_adds / least)) : most;
}

}  // namespace px
