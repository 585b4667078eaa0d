// From one line of an import to what it asks for, or to everything that is wrong with it (docs/import.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "registration/catalog.hpp"
#include "registration/registration_store.hpp"
#include "store/import_document.hpp"

namespace regdata::store {

/// Things that do not reject a line but that a person should know of; counted in the report.
enum class ImportWarning : std::uint8_t {
  auth_code_dropped,        ///< a transfer secret was in the line; it was never stored
  disclose_flag_ignored,    ///< a panel's flag is not consent
  filler_dropped,           ///< "No-State-Land" and its like: not held rather than invented (operations.md §1.3 trap 6)
  host_repeated,            ///< the same name server twice
  address_not_subordinate,  ///< an address for a host that is not below the name
  created_in_future,
  expires_before_created,
  registrant_incomplete,  ///< street, city, country, phone or e-mail is missing (rules.md §1.3, column C)
};
inline constexpr std::size_t import_warning_count = 8;
/// "auth codes dropped", for a person.
std::string_view to_string(ImportWarning warning) noexcept;
/// How often each was met.
using ImportWarnings = std::array<std::uint64_t, import_warning_count>;

/// One reason why a line was not taken. Repeats no value of the line: with columns that slipped, anything can stand anywhere.
struct Rejection {
  std::string field;  ///< path, "contacts.registrant.phone"; empty: the line as a whole
  std::string reason;
  std::string allowed;  ///< may be empty

  friend bool operator==(const Rejection&, const Rejection&) = default;
};
/// No more than this many are reported for one line.
inline constexpr std::size_t rejection_limit = 20;

/// A line that ends sponsorship.
struct RegistrationEnd {
  DomainName name;
  Ended ended;

  friend bool operator==(const RegistrationEnd&, const RegistrationEnd&) = default;
};

/// What a line came to. `rejections` empty: `request` holds what it asks for.
struct ImportLine {
  std::optional<DomainName> name;  ///< of a rejected line too, where it is valid
  std::optional<std::variant<RegistrationPut, RegistrationEnd>> request;
  std::vector<Rejection> rejections;
  ImportWarnings warnings{};
};

/// What holds for all lines of one import. The catalog must outlive it.
struct ImportContext {
  const Catalog& catalog;
  Provenance provenance;  ///< of all objects; `as_of` counts where a line gives none
  UtcTime now{};
};

/// Reads the object of one line. Pure and total. `already` are rejections that the CSV mapping found; with one of them, or one
/// found here, nothing is taken from the line.
ImportLine read_import_line(const ImportDocument& document, const ImportContext& context, std::vector<Rejection> already = {});

}  // namespace regdata::store
