// The worker's side of the letter spool.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "registration/error.hpp"
#include "relay/key_file.hpp"

namespace regdata::relay {

/// A file of the spool that was opened.
struct SpooledRecord {
  std::string id;                ///< its name without the suffix
  std::optional<Record> record;  ///< empty: not sealed to our key, damaged, or of another form
};

/// One reader at a time. A record is removed only by remove(): whoever is killed before finds it again.
class SpoolReader {
 public:
  SpoolReader(std::filesystem::path directory, const SecretKey& key) : directory_(std::move(directory)), key_(key) {}

  /// At most `limit` records, oldest first. Also takes away parts that a killed writer left an hour ago.
  Expected<std::vector<SpooledRecord>> read(std::size_t limit);
  Expected<void> remove(const std::string& id);

 private:
  std::filesystem::path directory_;
  const SecretKey& key_;
};

}  // namespace regdata::relay
