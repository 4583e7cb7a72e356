// The conventions of the C ABI: every function returns 0, or 1 with px_last_error() set; no exception crosses.
#pragma once
#include <c10/util/Exception.h>

#include <exception>
#include <string>

#define PX_EXPORT extern "C" __attribute__((visibility("default")))

namespace px {

void set_last_error(std::string text);

template <typename F>
int guard(F&& body) noexcept {
  try {
    body();
    return 0;
  } catch (const c10::Error& e) {
    set_last_error(e.what_without_backtrace());
  } catch (const std::exception& e) {
    set_last_error(e.what());
  } catch (...) {
    set_last_error("unknown native exception");
  }
  return 1;
}

}  // namespace px
