// Which hosts the registrations of a deposit name.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "escrow/list_file.hpp"

namespace regdata::escrow {

/// A set of host names, held as marks: eight bytes for each.
class HostMarks {
 public:
  explicit HostMarks(const Digest& key) : key_(key) {}
  void add(std::string_view name);
  /// Also true of one name in some 10^13 that was never added.
  [[nodiscard]] bool contains(std::string_view name);

 private:
  [[nodiscard]] std::uint64_t mark(std::string_view name) const;
  void settle();

  Digest key_;
  std::vector<std::uint64_t> held_;  ///< sorted, each once
  std::vector<std::uint64_t> added_;
};

}  // namespace regdata::escrow
