// The conventions of the C ABI: every function returns 0, or 1 with px_last_error() set; no exception crosses.
#pragma once
#include <cstdint>
#include <exception>
#include <string>

#ifdef PX_WITH_TORCH
#include <c10/util/Exception.h>
#endif

#define PX_EXPORT extern "C" __attribute__((visibility("default")))

PX_EXPORT const char* px_last_error();

namespace px {

void set_last_error(std::string text);

template <typename F>
int guard(F&& body) noexcept {
  try {
    body();
    return 0;
#ifdef PX_WITH_TORCH
  } catch (const c10::Error& e) {
    set_last_error(e.what_without_backtrace());
#endif
  } catch (const std::exception& e) {
    set_last_error(e.what());
  } catch (...) {
    set_last_error("unknown native exception");
  }
  return 1;
}

}  // namespace px
