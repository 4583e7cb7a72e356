// Sentencepiece: load a model from its bytes, text to ids and back, train a T5-style unigram model.
// Texts are UTF-8 with a length, never zero-terminated. Results go into the caller's buffer; the count that was
// needed comes back always, so that a caller with a small buffer can come again.
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "../guard.h"

namespace {

using Model = sentencepiece::SentencePieceProcessor;

Model& model_of(void* handle) { return *static_cast<Model*>(handle); }

void require(const sentencepiece::util::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

template <typename T, typename Source>
void copy_out(const Source& from, T* to, int64_t capacity, int64_t* needed) {
  *needed = static_cast<int64_t>(from.size());
  if (*needed <= capacity && *needed > 0) std::memcpy(to, from.data(), from.size() * sizeof(T));
}

class Sentences final : public sentencepiece::SentenceIterator {
 public:
  Sentences(const char* text, const int64_t* lengths, int64_t count) : text_(text), lengths_(lengths), count_(count) {
    take();
  }
  bool done() const override { return index_ >= count_; }
  void Next() override {
    text_ += lengths_[index_++];
    take();
  }
  const std::string& value() const override { return value_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  void take() {
    if (!done()) value_.assign(text_, static_cast<size_t>(lengths_[index_]));
  }

  const char* text_;
  const int64_t* lengths_;
  int64_t count_;
  int64_t index_ = 0;
  std::string value_;
};

}  // namespace

PX_EXPORT int px_sp_load(const char* bytes, int64_t length, void** model) {
  return px::guard([&] {
    auto made = std::make_unique<Model>();
    require(made->LoadFromSerializedProto({bytes, static_cast<size_t>(length)}));
    *model = made.release();
  });
}

PX_EXPORT void px_sp_free(void* model) { delete static_cast<Model*>(model); }

/// Ids of padding, end, unknown, begin (-1: the model has none) and the number of pieces.
PX_EXPORT int px_sp_special(void* model, int32_t* pad, int32_t* eos, int32_t* unk, int32_t* bos, int32_t* pieces) {
  return px::guard([&] {
    auto& m = model_of(model);
    *pad = m.pad_id();
    *eos = m.eos_id();
    *unk = m.unk_id();
    *bos = m.bos_id();
    *pieces = m.GetPieceSize();
  });
}

PX_EXPORT int px_sp_encode(
    void* model, const char* text, int64_t length, int32_t* ids, int64_t capacity, int64_t* needed) {
  return px::guard([&] {
    std::vector<int> found;
    require(model_of(model).Encode(std::string_view(text, static_cast<size_t>(length)), &found));
    copy_out(found, ids, capacity, needed);
  });
}

PX_EXPORT int px_sp_decode(
    void* model, const int32_t* ids, int64_t count, char* text, int64_t capacity, int64_t* needed) {
  return px::guard([&] {
    std::string found;
    require(model_of(model).Decode(std::vector<int>(ids, ids + count), &found));
    copy_out(found, text, capacity, needed);
  });
}

PX_EXPORT int px_sp_piece(void* model, int32_t id, char* text, int64_t capacity, int64_t* needed) {
  return px::guard([&] {
    auto& m = model_of(model);
    if (id < 0 || id >= m.GetPieceSize()) throw std::out_of_range("no piece has the id " + std::to_string(id));
    copy_out(m.IdToPiece(id), text, capacity, needed);
  });
}

/// The id of a piece; the id of the unknown piece if there is none.
PX_EXPORT int px_sp_piece_id(void* model, const char* piece, int64_t length, int32_t* id) {
  return px::guard([&] { *id = model_of(model).PieceToId(std::string_view(piece, static_cast<size_t>(length))); });
}

/// Trains a unigram model with T5's special tokens (pad 0, eos 1, unk 2, no bos) on sentences that lie one after another.
/// The number of threads is fixed, because the sums of the training depend on it.
PX_EXPORT int px_sp_train(
    const char* text, const int64_t* lengths, int64_t count, int32_t vocabulary_size, double coverage, void** bytes) {
  return px::guard([&] {
    const std::unordered_map<std::string, std::string> settings = {
        {"model_type", "unigram"},
        {"vocab_size", std::to_string(vocabulary_size)},
        {"hard_vocab_limit", "false"},
        {"character_coverage", std::to_string(coverage)},
        {"normalization_rule_name", "nmt_nfkc"},
        {"pad_id", "0"},
        {"eos_id", "1"},
        {"unk_id", "2"},
        {"bos_id", "-1"},
        {"num_threads", "4"},
        {"max_sentence_length", "65536"},
        {"minloglevel", "2"},
    };
    Sentences sentences(text, lengths, count);
    auto trained = std::make_unique<std::string>();
    require(sentencepiece::SentencePieceTrainer::Train(settings, &sentences, trained.get()));
    *bytes = trained.release();
  });
}

PX_EXPORT int px_sp_bytes(void* bytes, const char** data, int64_t* length) {
  return px::guard([&] {
    const auto& text = *static_cast<std::string*>(bytes);
    *data = text.data();
    *length = static_cast<int64_t>(text.size());
  });
}

PX_EXPORT void px_sp_bytes_free(void* bytes) { delete static_cast<std::string*>(bytes); }
