// Every key that a line of an import may have: the one table behind the reader, its hints, the JSON Schema and the CSV targets.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace regdata::store {

/// One key of one object.
struct ImportField {
  std::string_view key;
  std::string_view allowed;  ///< for a person: what may stand there
  bool required = false;
};

inline constexpr std::array put_fields{
    ImportField{"op", "\"put\" (the default) or \"end\""},
    ImportField{"name", "a domain name one label below a configured TLD", true},
    ImportField{"registrar", "id of a configured registrar; may be left out where only one is configured"},
    ImportField{"roid", "registry object id, for example D1-EXAMPLE"},
    ImportField{"created", "RFC 3339 with zone, for example 2026-01-31T12:00:00Z; 1971 or later", true},
    ImportField{"updated", "RFC 3339 with zone; 1971 or later"},
    ImportField{"registry_expires", "RFC 3339 with zone; 1971 or later"},
    ImportField{"registrar_expires", "RFC 3339 with zone; 1971 or later"},
    ImportField{"transferred", "RFC 3339 with zone; 1971 or later"},
    ImportField{"statuses", "list of EPP and RGP statuses in exact spelling, for example clientTransferProhibited"},
    ImportField{"hosts", "list of at most 13 host names, or objects with name, roid, addresses"},
    ImportField{"ds",
                "list of at most 32 objects with key_tag, algorithm, digest_type, digest; [] = unsigned; absent = unknown"},
    ImportField{"contacts", "object with registrant, and optionally technical, administrative, billing", true},
    ImportField{"reseller", "object with name and url"},
    ImportField{"privacy_service", "id of a configured privacy service"},
    ImportField{"region", "2-16 of A-Z, 0-9 and hyphen, for example EU"},
    ImportField{"as_of", "RFC 3339 with zone; 1971 or later, not in the future"},
};

inline constexpr std::array end_fields{
    ImportField{"op", "\"put\" (the default) or \"end\"", true},
    ImportField{"name", "a domain name one label below a configured TLD", true},
    ImportField{"reason", "\"transferred\" or \"deleted\"", true},
    ImportField{"at", "RFC 3339 with zone; 1971 or later, not in the future", true},
};

inline constexpr std::array host_fields{
    ImportField{"name", "a host name of at least two labels", true},
    ImportField{"roid", "registry object id, for example H1-EXAMPLE"},
    ImportField{"addresses", "list of at most 13 IPv4 or IPv6 addresses"},
};

inline constexpr std::array ds_fields{
    ImportField{"key_tag", "0-65535", true},
    ImportField{"algorithm", "1-254", true},
    ImportField{"digest_type", "1 to 6", true},
    ImportField{"digest", "hexadecimal, of the length that its digest type has: 1: 40, 2, 3, 5, 6: 64, 4: 96 digits", true},
};

inline constexpr std::array reseller_fields{
    ImportField{"name", "1-255 characters, no control characters", true},
    ImportField{"url", "http:// or https:// and at most 255 printable ASCII characters"},
};

inline constexpr std::array role_fields{
    ImportField{"registrant", "a contact, or the handle of one that is held already", true},
    ImportField{"technical", "a contact, or the handle of one that is held already"},
    ImportField{"administrative", "a contact, or the handle of one that is held already"},
    ImportField{"billing", "a contact, or the handle of one that is held already"},
};

inline constexpr std::array contact_fields{
    ImportField{"handle", "3-64 of A-Z, a-z, 0-9, dot, underscore, hyphen", true},
    ImportField{"roid", "registry contact id, for example C1-EXAMPLE"},
    ImportField{"kind", "\"natural\" or \"legal\""},
    ImportField{"name", "1-255 characters, no control characters; required unless kind is legal and organization is there"},
    ImportField{"organization", "1-255 characters, no control characters"},
    ImportField{"street", "list of at most 3 lines of 1-255 characters, no control characters"},
    ImportField{"city", "1-255 characters, no control characters"},
    ImportField{"state", "1-255 characters, no control characters"},
    ImportField{"postal_code", "1-16 characters, no double or edge spaces"},
    ImportField{"country", "ISO 3166-1 alpha-2, for example DE"},
    ImportField{"phone", "+CC.NNN, at most 17 characters"},
    ImportField{"phone_ext", "1-10 digits"},
    ImportField{"fax", "+CC.NNN, at most 17 characters"},
    ImportField{"fax_ext", "1-10 digits"},
    ImportField{"email", "one address, local@domain"},
    ImportField{"region", "2-16 of A-Z, 0-9 and hyphen, for example EU"},
    ImportField{"choices", "list of objects with elements, act, at, method, notice_version, evidence"},
};

inline constexpr std::array choice_fields{
    ImportField{"elements", "list of name, organization, street, city, postal-code, phone, phone-ext, fax, fax-ext, email",
                true},
    ImportField{"act", "given, declined, withdrawn or not_given", true},
    ImportField{"at", "RFC 3339 with zone; 1971 or later, not in the future", true},
    ImportField{"method", "1-64 of A-Z, a-z, 0-9 and . _ : / -"},
    ImportField{"notice_version", "1-64 of A-Z, a-z, 0-9 and . _ : / -; required for given"},
    ImportField{"evidence", "1-64 of A-Z, a-z, 0-9 and . _ : / -; required for given"},
};

/// An object of a line and where it stands ("contact").
struct ImportObject {
  std::string_view name;
  std::span<const ImportField> fields;
};

/// All of them, by name: put, end, host, ds, reseller, contacts, contact, choice.
std::span<const ImportObject> import_objects() noexcept;

/// Position of a key in its table; a key that is not there does not compile.
template <std::size_t N>
consteval std::size_t field_at(const std::array<ImportField, N>& fields, std::string_view key) {
  for (std::size_t i = 0; i < N; ++i) {
    if (fields[i].key == key) return i;
  }
  throw "no such key";
}

/// What a key is that no table has.
enum class ForeignKey : std::uint8_t {
  unknown,
  auth_code,    ///< a transfer secret: dropped at the border (operations.md §1.3 trap 8)
  not_consent,  ///< a panel's disclose flag or privacy switch: not a choice of a person (promise P5)
};
ForeignKey foreign_key(std::string_view key) noexcept;

/// The known key with the smallest edit distance to a mistyped one; empty when none is near.
std::string_view nearest_key(std::string_view key, std::span<const ImportField> fields);

/// True for a key or column name that may be shown: short, and of letters, digits, spaces, dots, hyphens and underscores. Other
/// text in its place may be data that slipped.
bool is_showable_key(std::string_view key) noexcept;

}  // namespace regdata::store
