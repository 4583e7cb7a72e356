// Memory of large CPU tensors. libtorch asks the system for every one and gives it back at once, so each operator's result is paid for
// with page faults and zeroed pages. Here they lie side by side in one range of addresses, in large pages where the system has them, and
// what is freed serves the next. What is in use and what is kept together never exceed the most that was ever in use: keeping costs no
// memory that the program has not needed already.
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "../guard.h"

namespace {

constexpr size_t kLarge = size_t{1} << 20;  // below, the C library's heap serves without faults
constexpr size_t kHugePage = size_t{2} << 20;

// A range of addresses, handed out in blocks. All functions may be called by any thread.
class Arena {
 public:
  // Addresses, not memory: enough that free ranges between blocks never matter. None where the system refuses them (`ulimit -v`).
  Arena() {
    const auto size = 8 * page_ * static_cast<size_t>(sysconf(_SC_PHYS_PAGES));
    void* range = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) return;
    begin_ = static_cast<char*>(range);
    end_ = begin_ + size;
#ifdef MADV_HUGEPAGE
    madvise(begin_, size, MADV_HUGEPAGE);
#endif
    most_block_ = size / 16;
    add_free(begin_, {size, false});
  }

  bool owns(const void* data) const { return data >= begin_ && data < end_; }

  // Null where no range is free, and for what is beyond half of the machine's memory: the C library refuses that in its own words.
  void* take(size_t bytes) {
    const auto size = (bytes + page_ - 1) / page_ * page_;
    std::lock_guard<std::mutex> lock(mutex_);
    if (size > most_block_) return nullptr;
    for (const bool kept : {true, false}) {
      const auto fit = by_size_[kept].lower_bound({size, nullptr});
      if (fit == by_size_[kept].end()) continue;
      char* data = fit->second;
      const auto rest = remove_free(data).size - size;
      if (rest > 0) add_free(data + size, {rest, kept});
      used_.emplace(data, size);
      used_bytes_ += size;
      most_used_ = std::max(most_used_, used_bytes_);
      keep_at_most(most_used_ - used_bytes_);
      return data;
    }
    return nullptr;
  }

  void give_back(void* block) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = used_.find(static_cast<char*>(block));
    char* data = found->first;
    const auto size = found->second;
    used_.erase(found);
    used_bytes_ -= size;
    add_free(data, {size, true});
  }

  // Gives all that is kept back to the system, and begins anew to count the most in use.
  void trim() {
    std::lock_guard<std::mutex> lock(mutex_);
    keep_at_most(0);
    most_used_ = used_bytes_;
  }

  std::pair<size_t, size_t> used_and_kept() {
    std::lock_guard<std::mutex> lock(mutex_);
    return {used_bytes_, kept_bytes_};
  }

 private:
  struct Range {
    size_t size;
    bool kept;  // whether there is memory behind it
  };

  // Ranges that touch become one where they are alike.
  void add_free(char* data, Range range) {
    const auto like = [&](auto other) { return other != free_.end() && other->second.kept == range.kept; };
    const auto after = free_.find(data + range.size);
    if (like(after)) range.size += remove_free(after->first).size;
    const auto next = free_.lower_bound(data);
    const auto before = next == free_.begin() ? free_.end() : std::prev(next);
    if (like(before) && before->first + before->second.size == data) {
      data = before->first;
      range.size += remove_free(data).size;
    }
    free_.emplace(data, range);
    by_size_[range.kept].emplace(range.size, data);
    if (range.kept) kept_bytes_ += range.size;
  }

  Range remove_free(char* data) {
    const auto found = free_.find(data);
    const Range range = found->second;
    by_size_[range.kept].erase({range.size, data});
    free_.erase(found);
    if (range.kept) kept_bytes_ -= range.size;
    return range;
  }

  // The largest go back first. Whole large pages do; what is left at a range's ends has memory behind it and is not counted.
  void keep_at_most(size_t bytes) {
    while (kept_bytes_ > bytes) {
      char* data = by_size_[true].rbegin()->second;
      const auto size = remove_free(data).size;
      const auto from = (reinterpret_cast<size_t>(data) + kHugePage - 1) / kHugePage * kHugePage;
      const auto to = reinterpret_cast<size_t>(data + size) / kHugePage * kHugePage;
      if (to > from) madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
      add_free(data, {size, false});
    }
  }

  const size_t page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  char *begin_ = nullptr, *end_ = nullptr;
  size_t most_block_ = 0;
  std::mutex mutex_;
  std::unordered_map<char*, size_t> used_;
  std::map<char*, Range> free_;
  std::set<std::pair<size_t, char*>> by_size_[2];  // of those without and with memory behind them
  size_t used_bytes_ = 0, kept_bytes_ = 0, most_used_ = 0;
};

// Lives as long as the process: tensors may be freed while it ends.
Arena& arena() {
  static auto* one = new Arena();
  return *one;
}

void give_back(void* data) {
  if (arena().owns(data))
    arena().give_back(data);
  else
    c10::GetDefaultCPUAllocator()->raw_deleter()(data);
}

// Whether libtorch declares `allocate` const, and `copy_data` at all, depends on its version: each of these overrides what is there.
struct ArenaAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) const { return of(bytes); }
  c10::DataPtr allocate(size_t bytes) { return of(bytes); }
  void copy_data(void* to, const void* from, size_t bytes) const { std::memcpy(to, from, bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return give_back; }

 private:
  static c10::DataPtr of(size_t bytes) {
    void* data = bytes < kLarge ? nullptr : arena().take(bytes);
    if (data == nullptr) return c10::GetDefaultCPUAllocator()->allocate(bytes);
    return {data, data, give_back, c10::DeviceType::CPU};
  }
};

const bool installed = [] {
  c10::SetCPUAllocator(new ArenaAllocator(), 1);
  return true;
}();

}  // namespace

PX_EXPORT void px_trim_memory() { arena().trim(); }

PX_EXPORT void px_tensor_memory(int64_t* used, int64_t* kept) {
  const auto [in_use, free] = arena().used_and_kept();
  *used = static_cast<int64_t>(in_use);
  *kept = static_cast<int64_t>(free);
}
