// Names of deposits and of their files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "escrow/ledger.hpp"

namespace regdata::escrow {

/// A deposit as a name tells it.
struct NamedDeposit {
  std::string date;
  std::optional<DepositKind> kind{};
  std::optional<std::uint32_t> revision{};
  bool is_icanns = true;  ///< by ICANN's specifications, else by RFC 9022
  friend bool operator<(const NamedDeposit& one, const NamedDeposit& other) {
    return std::tie(one.is_icanns, one.date, one.kind, one.revision) <
           std::tie(other.is_icanns, other.date, other.kind, other.revision);
  }
};
struct DepositName {
  NamedDeposit deposit;
  std::string file{};  ///< as Verdict::files has it; empty: it names the deposit as a whole
};
/// "9999_rde_2026-11-27_full_1.csv.gz.gpg", "9999_2026-11-27_full_s1_r0.ryde", without file and kind too; in lower case. Empty:
/// it is none, of another registrar, or written in any other way.
std::optional<DepositName> deposit_name(std::string_view word, std::uint32_t iana_id, const std::string& rde_name);

}  // namespace regdata::escrow
