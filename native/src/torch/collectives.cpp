// Process groups: processes that add up, hand round and wait for each other (c10d: Gloo on the CPU, NCCL on CUDA where it was built in).
#include <cstdint>

#include "../guard.h"
#include "tensor.h"

#ifdef USE_C10D_GLOO

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/version.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

// The class that backends derive from.
#if TORCH_VERSION_MAJOR < 2
using Backend = c10d::ProcessGroup;
#else
using Backend = c10d::Backend;
#endif

struct Store {
  c10::intrusive_ptr<c10d::Store> c10d;
};

struct Group {
  c10::intrusive_ptr<Backend> backend;
  bool on_stream;  // its work is ordered by CUDA's streams, not waited for by the host
};

struct Work {
  c10::intrusive_ptr<c10d::Work> work;
  bool on_stream;
};

c10::intrusive_ptr<c10d::ProcessGroupGloo> make_gloo(const c10::intrusive_ptr<c10d::Store>& store, const char* address,
                                                     int32_t rank, int32_t size, std::chrono::milliseconds timeout) {
  using Gloo = c10d::ProcessGroupGloo;
  auto options = Gloo::Options::create(timeout);
  const char* name = std::getenv("GLOO_SOCKET_IFNAME");
  if (name != nullptr && *name != 0)
    options->devices.push_back(Gloo::createDeviceForInterface(name));
  else
    options->devices.push_back(*address == 0 ? Gloo::createDefaultDevice() : Gloo::createDeviceForHostname(address));
  return c10::make_intrusive<Gloo>(store, rank, size, options);
}

Group* make_group(const c10::intrusive_ptr<c10d::Store>& store, bool on_cuda, const char* address, int32_t rank, int32_t size,
                  std::chrono::milliseconds timeout) {
  if (!on_cuda) return new Group{make_gloo(store, address, rank, size, timeout), false};
#ifdef USE_C10D_NCCL
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  return new Group{c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, options), true};
#else
  TORCH_CHECK(false, "this build has no NCCL: tensors on CUDA cannot be exchanged");
#endif
}

// Begins work and hands it out.
template <typename F>
int begin(void* group, void** work, F&& start) {
  return px::guard([&] {
    auto* g = static_cast<Group*>(group);
    *work = new Work{start(*g->backend), g->on_stream};
  });
}

}  // namespace

/// Bit 0: Gloo, bit 1: NCCL.
PX_EXPORT int32_t px_collectives() {
#ifdef USE_C10D_NCCL
  return 3;
#else
  return 1;
#endif
}

/// A store of small values that all processes reach; one of them serves it. Waits for the server.
PX_EXPORT int px_store_new(const char* host, int32_t port, int32_t serves, const char* prefix, int64_t timeout_ms, void** store) {
  return px::guard([&] {
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.isServer = serves != 0;
    options.waitWorkers = false;
    options.timeout = std::chrono::milliseconds(timeout_ms);
    c10::intrusive_ptr<c10d::Store> tcp = c10::make_intrusive<c10d::TCPStore>(std::string(host), options);
    if (*prefix != 0) tcp = c10::make_intrusive<c10d::PrefixStore>(std::string(prefix), tcp);
    *store = new Store{tcp};
  });
}

PX_EXPORT void px_store_free(void* store) { delete static_cast<Store*>(store); }

PX_EXPORT int px_store_set(void* store, const char* key, const uint8_t* value, int32_t length) {
  return px::guard([&] { static_cast<Store*>(store)->c10d->set(key, std::vector<uint8_t>(value, value + length)); });
}

/// length is -1 where there is no such value yet, else its own even where the buffer is too small.
PX_EXPORT int px_store_get(void* store, const char* key, uint8_t* buffer, int32_t capacity, int32_t* length) {
  return px::guard([&] {
    auto& c10d = *static_cast<Store*>(store)->c10d;
    *length = -1;
    if (!c10d.check({key})) return;
    auto value = c10d.get(key);
    *length = static_cast<int32_t>(value.size());
    std::memcpy(buffer, value.data(), std::min(value.size(), static_cast<size_t>(capacity)));
  });
}

/// name: apart from those of other groups on the same store; address: of the network interface that Gloo listens on, empty for
/// its own choice. Waits for all processes.
PX_EXPORT int px_group_new(void* store, const char* name, int32_t on_cuda, const char* address, int32_t rank, int32_t size, int64_t timeout_ms,
                           void** group) {
  return px::guard([&] {
    c10::intrusive_ptr<c10d::Store> own = c10::make_intrusive<c10d::PrefixStore>(std::string(name), static_cast<Store*>(store)->c10d);
    *group = make_group(own, on_cuda != 0, address, rank, size, std::chrono::milliseconds(timeout_ms));
  });
}

/// Waits for work that was begun, so do not free a group whose peers are gone.
PX_EXPORT void px_group_free(void* group) {
  px::guard([&] { delete static_cast<Group*>(group); });
}

/// Every process's tensor becomes the sum of all.
PX_EXPORT int px_all_reduce(void* group, px_tensor tensor, void** work) {
  return begin(group, work, [&](Backend& backend) {
    std::vector<at::Tensor> tensors{px::borrow(tensor)};
    return backend.allreduce(tensors, c10d::AllreduceOptions());
  });
}

/// Every process's tensor becomes that of the root.
PX_EXPORT int px_broadcast(void* group, px_tensor tensor, int32_t root, void** work) {
  return begin(group, work, [&](Backend& backend) {
    std::vector<at::Tensor> tensors{px::borrow(tensor)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    return backend.broadcast(tensors, options);
  });
}

/// outputs[r], as large as the input, becomes the input of process r.
PX_EXPORT int px_all_gather(void* group, px_tensor const* outputs, int32_t count, px_tensor input, void** work) {
  return begin(group, work, [&](Backend& backend) {
    std::vector<std::vector<at::Tensor>> gathered(1);
    for (int32_t k = 0; k < count; k++) gathered[0].push_back(px::borrow(outputs[k]));
    std::vector<at::Tensor> inputs{px::borrow(input)};
    return backend.allgather(gathered, inputs, c10d::AllgatherOptions());
  });
}

/// done is 0 where the time was not enough. On CUDA the current stream waits, not the host.
PX_EXPORT int px_work_wait(void* work, int64_t timeout_ms, int32_t* done) {
  return px::guard([&] {
    auto* w = static_cast<Work*>(work);
    *done = 1;
    if (w->on_stream || w->work->isCompleted()) {
      w->work->wait();
      return;
    }
    try {
      w->work->wait(std::chrono::milliseconds(timeout_ms));
    } catch (...) {
      // Work that ended just after the time was up has not failed: its own wait says whether it has.
      if (w->work->isCompleted())
        w->work->wait();
      else
        *done = 0;
    }
  });
}

PX_EXPORT void px_work_free(void* work) { delete static_cast<Work*>(work); }

#else

PX_EXPORT int32_t px_collectives() { return 0; }

namespace {
int none() {
  px::set_last_error("this build of native/ has no process groups: its libtorch has no c10d with Gloo");
  return 1;
}
}  // namespace

PX_EXPORT int px_store_new(const char*, int32_t, int32_t, const char*, int64_t, void**) { return none(); }
PX_EXPORT void px_store_free(void*) {}
PX_EXPORT int px_store_set(void*, const char*, const uint8_t*, int32_t) { return none(); }
PX_EXPORT int px_store_get(void*, const char*, uint8_t*, int32_t, int32_t*) { return none(); }
PX_EXPORT int px_group_new(void*, const char*, int32_t, const char*, int32_t, int32_t, int64_t, void**) { return none(); }
PX_EXPORT void px_group_free(void*) {}
PX_EXPORT int px_all_reduce(void*, px_tensor, void**) { return none(); }
PX_EXPORT int px_broadcast(void*, px_tensor, int32_t, void**) { return none(); }
PX_EXPORT int px_all_gather(void*, px_tensor const*, int32_t, px_tensor, void**) { return none(); }
PX_EXPORT int px_work_wait(void*, int64_t, int32_t*) { return none(); }
PX_EXPORT void px_work_free(void*) {}

#endif
