#include "escrow/named_deposits.hpp"

#include <array>
#include <charconv>

#include "registration/ascii.hpp"
#include "registration/utc_time.hpp"

namespace regdata::escrow {
namespace {

bool take(std::string_view& rest, std::string_view word) {
  if (!rest.starts_with(word)) return false;
  rest.remove_prefix(word.size());
  return true;
}

std::string take_date(std::string_view& rest) {
  constexpr std::size_t date_size = 10;
  std::string date(rest.substr(0, date_size));
  if (!parse_rfc3339(date + "T00:00:00Z")) return {};
  rest.remove_prefix(date_size);
  return date;
}

std::optional<std::uint32_t> take_number(std::string_view& rest) {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (failure != std::errc{}) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return number;
}

/// ".csv.gz.gpg": what packing and sealing adds. False: something else is left.
bool is_extensions(std::string_view rest) {
  constexpr std::array known{".csv", ".gz", ".gpg", ".pgp", ".txt", ".ryde", ".xml", ".tar", ".asc"};
  while (!rest.empty()) {
    bool is_known = false;
    for (const std::string_view one : known) is_known = is_known || take(rest, one);
    if (!is_known) return false;
  }
  return true;
}

/// What stands behind the date in a name of ICANN's specifications. Empty: a file that no deposit has.
std::optional<std::string> icanns_file(std::string_view rest) {
  if (take(rest, "_hash")) return is_extensions(rest) ? std::optional<std::string>("hash") : std::nullopt;
  for (const std::string_view kind : {"full", "inc", "hdl"}) {
    std::string_view behind = rest;
    if (!take(behind, "_" + std::string(kind) + "_")) continue;
    const auto number = take_number(behind);
    if (number && is_extensions(behind)) return std::string(kind) + "_" + std::to_string(*number);
  }
  return std::nullopt;
}

std::optional<DepositName> icanns_name(std::string_view word, std::uint32_t iana_id) {
  if (!take(word, std::to_string(iana_id) + "_rde_")) return std::nullopt;
  DepositName name{{take_date(word)}};
  if (name.deposit.date.empty()) return std::nullopt;
  if (word.empty()) return name;
  if (word == "_full" || word == "_inc") {
    name.deposit.kind = word == "_full" ? DepositKind::full : DepositKind::incremental;
    return name;
  }
  auto file = icanns_file(word);
  if (!file) return std::nullopt;
  name.file = std::move(*file);
  return name;
}

/// Registry Agreement, Specification 2, part A §5.
std::optional<DepositName> rde_name_of(std::string_view word, std::string_view owner) {
  if (!take(word, owner) || !take(word, "_")) return std::nullopt;
  DepositName name{{.date = take_date(word), .is_icanns = false}};
  if (name.deposit.date.empty()) return std::nullopt;
  if (word.empty()) return name;
  struct Form {
    std::string_view text;
    DepositKind kind;
  };
  constexpr std::array forms{Form{"_full", DepositKind::full}, Form{"_diff", DepositKind::differential},
                             Form{"_incr", DepositKind::incremental}};
  for (const Form& form : forms)
    if (!name.deposit.kind && take(word, form.text)) name.deposit.kind = form.kind;
  if (!name.deposit.kind) return std::nullopt;
  if (word.empty()) return name;
  if (take(word, "_s")) {
    const auto part = take_number(word);
    if (!part || *part == 0) return std::nullopt;
    name.file = "S" + std::to_string(*part);
  }
  if (!take(word, "_r")) return std::nullopt;
  name.deposit.revision = take_number(word);
  if (!name.deposit.revision) return std::nullopt;
  if (word.empty()) return name;
  if (name.file.empty()) return std::nullopt;
  if (word == ".sig" || word == ".ryde.sig") {
    name.file += ".sig";
    return name;
  }
  return is_extensions(word) ? std::optional(name) : std::nullopt;
}

}  // namespace

std::optional<DepositName> deposit_name(std::string_view word, std::uint32_t iana_id, const std::string& rde_name) {
  if (auto name = icanns_name(word, iana_id)) return name;
  return rde_name_of(word, rde_name.empty() ? std::to_string(iana_id) : lowered(rde_name));
}

}  // namespace regdata::escrow
