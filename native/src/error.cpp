// The text of the last failed call on each thread.
#include <string>
#include <utility>

#include "guard.h"

namespace {
thread_local std::string last_error;
}

void px::set_last_error(std::string text) { last_error = std::move(text); }

PX_EXPORT const char* px_last_error() { return last_error.c_str(); }

PX_EXPORT void px_set_last_error(const char* text) { last_error = text; }

/// Raised when the C ABI changes; C# refuses another one.
PX_EXPORT int32_t px_abi() { return 1; }
