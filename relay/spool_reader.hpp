// The worker's side of the letter spool.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"
#include "relay/key_file.hpp"

namespace regdata::relay {

/// Ends the names of files that the key did not open.
inline constexpr std::string_view unreadable_suffix = ".unreadable";

/// A file of the spool that was opened.
struct SpooledRecord {
  std::string id;                ///< its name without the suffix
  std::optional<Record> record;  ///< empty: not sealed to our key, damaged, or of another form
  std::filesystem::file_time_type written{};
};

/// One reader at a time. A record is removed only by remove(): whoever is killed before finds it again.
class SpoolReader {
 public:
  SpoolReader(std::filesystem::path directory, const SecretKey& key) : directory_(std::move(directory)), key_(key) {}

  /// At most `limit` records, oldest first, but for those that `skip` holds. A file that cannot be read now is passed over and
  /// stays. Also takes away parts that a killed writer left an hour ago.
  Expected<std::vector<SpooledRecord>> read(std::size_t limit, const std::function<bool(const std::string&)>& skip = {});
  Expected<void> remove(const std::string& id);
  /// Keeps a file that our key does not open under another name: the operator may have changed keys, and can rename it back.
  Expected<void> set_unreadable_aside(const std::string& id);

 private:
  std::filesystem::path directory_;
  const SecretKey& key_;
};

}  // namespace regdata::relay
