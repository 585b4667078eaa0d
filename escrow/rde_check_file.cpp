#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "escrow/ledger.hpp"
#include "escrow/openpgp/detached.hpp"
#include "escrow/part_series.hpp"
#include "escrow/rde_check.hpp"
#include "escrow/rde_file.hpp"
#include "escrow/rde_table_reader.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;
using Code = std::string_view;

/// What a deposit's file name says (Registry Agreement, Specification 2, part A §5).
struct RdeFileName {
  std::string date;
  std::string kind;
};

bool is_number_behind(std::string_view text, char letter) {
  return text.size() > 1 && text[0] == letter &&
         std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

/// Empty: it is of another form.
std::optional<RdeFileName> rde_file_name(const fs::path& file) {
  const std::string stem = file.stem().string();
  std::array<std::string_view, 5> parts;
  std::string_view rest = stem;
  for (std::size_t at = parts.size(); at-- > 0;) {
    const auto underscore = at == 0 ? std::string_view::npos : rest.rfind('_');
    if (at > 0 && underscore == std::string_view::npos) return std::nullopt;
    parts[at] = at == 0 ? rest : rest.substr(underscore + 1);
    if (at > 0) rest = rest.substr(0, underscore);
  }
  const auto [name, date, kind, part, revision] = parts;
  const bool known = kind == "full" || kind == "diff" || kind == "incr";
  if (name.empty() || !known || !is_number_behind(part, 'S') || !is_number_behind(revision, 'R') || part == "S0")
    return std::nullopt;
  return RdeFileName{std::string(date), std::string(kind)};
}

/// Which rule it is that an error while reading speaks of.
Code code_of(const Error& error) {
  const std::string_view context = error.context;
  for (const RdeRule& rule : rde_rules())
    if (context.find(rule.code) != std::string_view::npos) return rule.code;
  if (context.find("tar: ") != std::string_view::npos) return "RDE_MISSING_FILES";
  const bool signature =
      context.find("signature") != std::string_view::npos || context.find("signed") != std::string_view::npos;
  return signature ? "RDE_INVALID_SIGNATURE" : "RDE_DECRYPTION_FAILED";
}

void check_file_name(const fs::path& file, const RdeDeposit& deposit, const RdeCheck::Tell& tell) {
  const auto name = rde_file_name(file);
  const std::string date = date_text(std::chrono::floor<std::chrono::days>(deposit.watermark));
  const std::string_view kind = deposit.type == "FULL" ? "full" : deposit.type == "DIFF" ? "diff" : "incr";
  if (!name || name->date != date || name->kind != kind) tell({"RDE_INVALID_FILENAME"});
}

/// The domains of a registrar have registrants, and their table says that it is so.
void check_definitions(const RdeTableDocument& document, const RdeCheck::Tell& tell) {
  for (const RdeTableDefinition& table : document.tables) {
    if (table.name != "domain" || table.registrant_required == "true" || table.registrant_required == "1") continue;
    tell({table.registrant_required.empty() ? "RDE_ISREQUIRED_ATTRIBUTE_IS_ABSENT" : "RDE_ISREQUIRED_ATTRIBUTE_IS_FALSE"});
  }
}

}  // namespace

Expected<RdeCheckReport> check_rde_file(const fs::path& file, const OpeningKeys& keys, const RdeSurroundings& surroundings,
                                        const RdeCheck::Tell& tell) {
  RdeCheckReport report;
  if (is_sealed(file)) {
    for (const fs::path& one : series_of(file)) {
      const auto found = signature_beside(one, keys);
      if (!found) return found.error();
      if (*found != SignatureBeside::good) tell({"RDE_INVALID_SIGNATURE"});
    }
  }
  const auto broken = [&](const Error& error) -> Expected<RdeCheckReport> {
    if (error.code == Errc::unavailable || error.code == Errc::usage) return error;
    tell({code_of(error)});
    return report;
  };
  const auto opened = RdeFile::open(file, keys);
  if (!opened) return broken(opened.error());
  const auto document = opened->document();
  if (!document) return broken(document.error());
  RdeReader reader((*document)->source());
  RdeCheck check(surroundings, tell);
  while (true) {
    const auto object = reader.next();
    if (!object) return broken(object.error());
    if (!*object) break;
    ++report.objects;
    check.take(**object, reader.line(), reader.deposit());
  }
  report.type = reader.deposit().type;
  report.id = reader.deposit().id;
  check.finish(reader.deposit());
  check_file_name(file, reader.deposit(), tell);
  if (const RdeTableDocument* tables = opened->tables()) check_definitions(*tables, tell);
  if (auto read = (*document)->finish(); !read) return broken(read.error());
  return report;
}

}  // namespace regdata::escrow
