// A view store opened for a test: what goes wrong with it is a failed test.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "redaction/view_store.hpp"

namespace regdata::testing {

inline UtcTime at(std::int64_t seconds) { return UtcTime(std::chrono::seconds(seconds)); }

inline std::unique_ptr<redaction::ViewWriter> writer_of(const std::filesystem::path& directory) {
  auto writer = redaction::ViewWriter::open(directory);
  if (!writer) throw std::runtime_error(writer.error().context);
  return std::move(*writer);
}

inline std::unique_ptr<redaction::ViewReader> reader_of(const std::filesystem::path& directory) {
  auto reader = redaction::ViewReader::open(directory);
  if (!reader) throw std::runtime_error(reader.error().context);
  return std::move(*reader);
}

inline void must(const Expected<void>& done) {
  if (!done) throw std::runtime_error(done.error().context);
}

inline redaction::ViewWriter::Batch batch_of(std::vector<redaction::PublicView> views) {
  redaction::ViewWriter::Batch batch;
  batch.put = std::move(views);
  return batch;
}

}  // namespace regdata::testing
