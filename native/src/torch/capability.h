// Which of our kernels may be taken: ATEN_CPU_CAPABILITY (avx512, avx2, default) lowers them as it does libtorch's own.
#pragma once
#include <cstdlib>
#include <string>

namespace px {

inline const std::string& capability() {
  static const std::string most = [] {
    const char* wanted = std::getenv("ATEN_CPU_CAPABILITY");
    return wanted == nullptr ? "avx512" : wanted;
  }();
  return most;
}

inline bool allows_avx512() { return capability() == "avx512"; }
inline bool allows_avx2() { return capability() != "default"; }

}  // namespace px
