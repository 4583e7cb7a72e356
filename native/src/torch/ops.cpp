// The dispatcher: find an operator by name and overload, call it boxed with tagged arguments.
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/Generator.h>

#include <cstring>
#include <vector>

#include "../guard.h"
#include "optional.h"
#include "tensor.h"

enum px_tag : int32_t {
  PX_NONE = 0,
  PX_DEFAULT = 1,  // take the schema's default
  PX_TENSOR = 2,
  PX_INT = 3,
  PX_DOUBLE = 4,
  PX_BOOL = 5,
  PX_STRING = 6,         // UTF-8, count bytes
  PX_INT_LIST = 7,
  PX_DOUBLE_LIST = 8,
  PX_BOOL_LIST = 9,      // one byte each
  PX_TENSOR_LIST = 10,
  PX_OPTIONAL_TENSOR_LIST = 11,
  PX_DEVICE = 12,        // type << 32 | index (index -1: current)
  PX_GENERATOR = 13,
};

struct px_value {
  int32_t tag;
  int32_t count;
  union {
    int64_t i;
    double d;
    void* p;
  };
};

namespace {

c10::IValue to_ivalue(const px_value& v, const c10::TypePtr& declared) {
  switch (v.tag) {
    case PX_NONE:
      return {};
    case PX_TENSOR:
      return px::borrow(v.p);
    case PX_INT: {
      auto type = declared;
      if (auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
      if (type->kind() == c10::TypeKind::FloatType) return static_cast<double>(v.i);
      return v.i;
    }
    case PX_DOUBLE:
      return v.d;
    case PX_BOOL:
      return v.i != 0;
    case PX_STRING:
      return std::string(static_cast<const char*>(v.p), static_cast<size_t>(v.count));
    case PX_INT_LIST: {
      c10::List<int64_t> list;
      list.reserve(static_cast<size_t>(v.count));
      for (int32_t k = 0; k < v.count; k++) list.push_back(static_cast<const int64_t*>(v.p)[k]);
      return list;
    }
    case PX_DOUBLE_LIST: {
      c10::List<double> list;
      list.reserve(static_cast<size_t>(v.count));
      for (int32_t k = 0; k < v.count; k++) list.push_back(static_cast<const double*>(v.p)[k]);
      return list;
    }
    case PX_BOOL_LIST: {
      c10::List<bool> list;
      for (int32_t k = 0; k < v.count; k++) list.push_back(static_cast<const uint8_t*>(v.p)[k] != 0);
      return list;
    }
    case PX_TENSOR_LIST: {
      c10::List<at::Tensor> list;
      list.reserve(static_cast<size_t>(v.count));
      for (int32_t k = 0; k < v.count; k++) list.push_back(px::borrow(static_cast<void* const*>(v.p)[k]));
      return list;
    }
    case PX_OPTIONAL_TENSOR_LIST: {
      c10::List<px_optional<at::Tensor>> list;
      for (int32_t k = 0; k < v.count; k++) {
        auto* handle = static_cast<void* const*>(v.p)[k];
        list.push_back(handle == nullptr ? px_optional<at::Tensor>() : px_optional<at::Tensor>(px::borrow(handle)));
      }
      return list;
    }
    case PX_DEVICE:
      return c10::Device(static_cast<c10::DeviceType>(v.i >> 32),
                         static_cast<c10::DeviceIndex>(static_cast<int32_t>(v.i & 0xffffffff)));
    case PX_GENERATOR:
      return *static_cast<at::Generator*>(v.p);
    default:
      TORCH_CHECK(false, "unknown argument tag ", v.tag);
  }
}

class Results {
 public:
  Results(px_value* to, int32_t capacity) : to_(to), capacity_(capacity) {}

  void add(const c10::IValue& v) {
    if (v.isTensor()) {
      put(PX_TENSOR).p = px::give(v.toTensor());
    } else if (v.isTensorList()) {
      for (const at::Tensor& t : v.toTensorVector()) put(PX_TENSOR).p = px::give(t);
    } else if (v.isBool()) {
      put(PX_BOOL).i = v.toBool();
    } else if (v.isInt()) {
      put(PX_INT).i = v.toInt();
    } else if (v.isDouble()) {
      put(PX_DOUBLE).d = v.toDouble();
    } else if (v.isNone()) {
      put(PX_NONE).i = 0;
    } else {
      TORCH_CHECK(false, "the operator returned a ", v.tagKind(), ", which has no form in this interface");
    }
  }

  int32_t count() const { return count_; }

  void free_all() {
    for (int32_t k = 0; k < count_; k++)
      if (to_[k].tag == PX_TENSOR) px_tensor_free_later(to_[k].p);
    count_ = 0;
  }

 private:
  static void px_tensor_free_later(px_tensor handle);

  px_value& put(px_tag tag) {
    TORCH_CHECK(count_ < capacity_, "the operator returned more than ", capacity_, " values");
    px_value& v = to_[count_++];
    v.tag = tag;
    v.count = 0;
    v.i = 0;
    return v;
  }

  px_value* to_;
  int32_t capacity_;
  int32_t count_ = 0;
};

}  // namespace

extern "C" void px_tensor_free(px_tensor handle);

void Results::px_tensor_free_later(px_tensor handle) { px_tensor_free(handle); }

/// *op is null where libtorch has no such operator.
PX_EXPORT int px_op_find(const char* name, const char* overload, void** op) {
  return px::guard([&] {
    auto found = c10::Dispatcher::singleton().findSchema({name, overload});
    *op = found.has_value() ? new c10::OperatorHandle(*found) : nullptr;
  });
}

PX_EXPORT int px_op_call(void* op, const px_value* arguments, int32_t argument_count, px_value* results,
                         int32_t result_capacity, int32_t* result_count) {
  Results out(results, result_capacity);
  int status = px::guard([&] {
    const auto& handle = *static_cast<const c10::OperatorHandle*>(op);
    const auto& schema = handle.schema().arguments();
    TORCH_CHECK(static_cast<size_t>(argument_count) <= schema.size(), "too many arguments: ", argument_count, " for ",
                schema.size());
    torch::jit::Stack stack;
    stack.reserve(schema.size());
    for (size_t k = 0; k < schema.size(); k++) {
      const bool given = k < static_cast<size_t>(argument_count) && arguments[k].tag != PX_DEFAULT;
      if (given) {
        stack.push_back(to_ivalue(arguments[k], schema[k].type()));
      } else {
        TORCH_CHECK(schema[k].default_value().has_value(), "argument '", schema[k].name(), "' is missing");
        stack.push_back(*schema[k].default_value());
      }
    }
    handle.callBoxed(&stack);
    for (const auto& v : stack) out.add(v);
  });
  if (status != 0) out.free_all();
  *result_count = out.count();
  return status;
}
