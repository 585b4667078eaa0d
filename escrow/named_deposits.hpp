// Deposits and files of deposits that a text names.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "escrow/ledger.hpp"

namespace regdata::escrow {

/// A deposit as the name of a file tells it.
struct NamedDeposit {
  std::string date;
  std::optional<DepositKind> kind{};
  std::optional<std::uint32_t> revision{};
  friend bool operator<(const NamedDeposit& one, const NamedDeposit& other) {
    return std::tie(one.date, one.kind, one.revision) < std::tie(other.date, other.kind, other.revision);
  }
};

struct NamedInText {
  std::set<NamedDeposit> deposits;
  /// As Verdict::files.
  std::set<std::string> files;
  std::set<std::string> dates;  ///< days that stand there by themselves: "2026-11-27"
  bool names_others = false;    ///< also a deposit of another registrar, or one by names of the other form
};
/// `text` as mail_text() gives it. A name counts only as a whole word: what has one in it and is written in another way is a
/// file that no deposit has. "full_1", "hdl 2", "part 3" are files without the name before them. Linear.
NamedInText named_in(std::string_view text, std::uint32_t iana_id, const std::string& rde_name);

}  // namespace regdata::escrow
