// Autograd: backward, gradients, grad mode, and a node whose backward is a function of the caller's.
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>
#include <vector>

#include "../guard.h"
#include "tensor.h"

namespace {

std::vector<at::Tensor> borrow_all(px_tensor const* handles, int32_t count) {
  std::vector<at::Tensor> list;
  list.reserve(static_cast<size_t>(count));
  for (int32_t k = 0; k < count; k++) list.push_back(px::borrow(handles[k]));
  return list;
}

}  // namespace

PX_EXPORT int px_backward(px_tensor tensor, px_tensor gradient, int32_t retain_graph) {
  return px::guard([&] {
    std::vector<at::Tensor> gradients;
    if (gradient != nullptr) gradients.push_back(px::borrow(gradient));
    torch::autograd::backward({px::borrow(tensor)}, gradients, retain_graph != 0);
  });
}

/// results[k] is null where inputs[k] is not used.
PX_EXPORT int px_grad(px_tensor const* outputs, int32_t output_count, px_tensor const* inputs, int32_t input_count,
                      px_tensor const* gradients, int32_t retain_graph, int32_t create_graph, px_tensor* results) {
  return px::guard([&] {
    std::vector<at::Tensor> given;
    if (gradients != nullptr) given = borrow_all(gradients, output_count);
    auto found = torch::autograd::grad(borrow_all(outputs, output_count), borrow_all(inputs, input_count), given,
                                       retain_graph != 0, create_graph != 0, /*allow_unused=*/true);
    for (size_t k = 0; k < found.size(); k++) results[k] = px::give(found[k]);
  });
}

PX_EXPORT int px_requires_grad(px_tensor tensor, int32_t* result) {
  return px::guard([&] { *result = px::borrow(tensor).requires_grad() ? 1 : 0; });
}

PX_EXPORT int px_set_requires_grad(px_tensor tensor, int32_t value) {
  return px::guard([&] { px::borrow(tensor).set_requires_grad(value != 0); });
}

PX_EXPORT int px_get_gradient(px_tensor tensor, px_tensor* result) {
  return px::guard([&] { *result = px::give(px::borrow(tensor).grad()); });
}

PX_EXPORT int px_set_gradient(px_tensor tensor, px_tensor gradient) {
  return px::guard([&] { px::borrow(tensor).mutable_grad() = px::borrow(gradient); });
}

PX_EXPORT int32_t px_grad_enabled() { return at::GradMode::is_enabled() ? 1 : 0; }

PX_EXPORT void px_set_grad_enabled(int32_t value) { at::GradMode::set_enabled(value != 0); }

/// Writes one gradient handle (or null) per input; returns 0, or non-zero after it has set its own error text.
using px_backward_function = int32_t (*)(void* context, px_tensor gradient, px_tensor* input_gradients,
                                         int32_t input_count);

PX_EXPORT void px_tensor_free(px_tensor handle);

namespace {

struct CallerNode : torch::autograd::Node {
  px_backward_function backward = nullptr;
  void (*release)(void*) = nullptr;
  void* context = nullptr;
  int32_t inputs = 0;

  ~CallerNode() override {
    if (release != nullptr) release(context);
  }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    std::vector<px_tensor> found(static_cast<size_t>(inputs), nullptr);
    px_tensor gradient = px::give(gradients[0]);
    int32_t status = backward(context, gradient, found.data(), inputs);
    px_tensor_free(gradient);
    torch::autograd::variable_list result;
    for (px_tensor handle : found) {
      result.push_back(px::borrow(handle));
      px_tensor_free(handle);
    }
    TORCH_CHECK(status == 0, px_last_error());
    return result;
  }
};

}  // namespace

/// Makes `output` (computed without a graph) depend on `inputs` through the caller's backward function.
PX_EXPORT int px_attach_backward(px_tensor output, px_tensor const* inputs, int32_t input_count,
                                 px_backward_function backward, void (*release)(void*), void* context) {
  return px::guard([&] {
    auto node = std::shared_ptr<CallerNode>(new CallerNode(), torch::autograd::deleteNode);
    node->backward = backward;
    node->release = release;
    node->context = context;
    node->inputs = input_count;
    auto sources = borrow_all(inputs, input_count);
    node->set_next_edges(torch::autograd::collect_next_edges(sources));
    auto target = px::borrow(output);
    torch::autograd::set_history(target, node);
  });
}

namespace {

// What runs each time a gradient was added to a parameter's.
struct CallerHook : torch::autograd::FunctionPostHook {
  int32_t (*call)(void*) = nullptr;
  void* context = nullptr;

  torch::autograd::variable_list operator()(const torch::autograd::variable_list& outputs,
                                            const torch::autograd::variable_list&) override {
    TORCH_CHECK(call(context) == 0, px_last_error());
    return outputs;
  }
};

struct GradientHook {
  std::shared_ptr<torch::autograd::Node> node;  // a variable keeps its own only while a graph uses it
  uintptr_t key = 0;
};

}  // namespace

/// Calls `call` on the thread of the backward pass, after each accumulation into the tensor's gradient; it returns 0, or
/// non-zero after it has set its own error text.
PX_EXPORT int px_gradient_hook_new(px_tensor tensor, int32_t (*call)(void*), void* context, void** hook) {
  return px::guard([&] {
    auto made = std::make_unique<GradientHook>();
    made->node = torch::autograd::impl::grad_accumulator(px::borrow(tensor));
    TORCH_CHECK(made->node != nullptr, "only a leaf that requires a gradient accumulates one");
    auto post = std::make_unique<CallerHook>();
    post->call = call;
    post->context = context;
    made->key = made->node->add_post_hook(std::move(post));
    *hook = made.release();
  });
}

PX_EXPORT void px_gradient_hook_free(void* hook) {
  auto* made = static_cast<GradientHook*>(hook);
  made->node->del_post_hook(made->key);
  delete made;
}
