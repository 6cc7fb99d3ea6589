// Where the structure of a piece of JSON is: the first stage of simdjson alone, whose findings are kept by position.
// Parses no value and judges no grammar: who asks does that on the positions. Called by structure.rs alone.

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <new>

struct LannerIndexer {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

extern "C" {

LannerIndexer *lanner_indexer_new(size_t capacity) {
  auto *indexer = new (std::nothrow) LannerIndexer();
  if (indexer == nullptr) { return nullptr; }
  // The depth is for the second stage, which is never run.
  if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, indexer->parser)) {
    delete indexer;
    return nullptr;
  }
  return indexer;
}

void lanner_indexer_free(LannerIndexer *indexer) { delete indexer; }

// Zero: `positions` points to `count` offsets, ascending, that hold until the next call. Else simdjson's error code.
int32_t lanner_indexer_run(LannerIndexer *indexer, const uint8_t *bytes, size_t len, const uint32_t **positions,
                           size_t *count) {
  *positions = nullptr;
  *count = 0;
  if (len == 0) { return 0; }
  if (len > indexer->parser->capacity()) {
    const auto error = indexer->parser->set_capacity(len);
    if (error) { return int32_t(error); }
  }
  const auto error = indexer->parser->stage1(bytes, len, simdjson::stage1_mode::regular);
  if (error == simdjson::EMPTY) { return 0; }
  // Bytes that are not UTF-8 are told last, when all positions are there: what they mean is up to who asks.
  if (error && error != simdjson::UTF8_ERROR) { return int32_t(error); }
  *positions = indexer->parser->structural_indexes.get();
  *count = indexer->parser->n_structural_indexes;
  return 0;
}

} // extern "C"
