// A person or organization that a registration names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/contact_checks.hpp"
#include "registration/element.hpp"
#include "registration/error.hpp"
#include "registration/personal.hpp"
#include "registration/utc_time.hpp"

namespace regdata {

/// How far a source is believed (operations.md §1.3: registry EPP, then our own interfaces, then a billing panel, then CSV).
enum class SourceClass : std::uint8_t { csv, panel, own, registry };
/// "csv", "panel", "own", "registry".
std::string_view to_string(SourceClass source_class) noexcept;
std::optional<SourceClass> source_class_from(std::string_view text) noexcept;

/// Where an object's data came from, and when that source said so.
struct Provenance {
  SourceClass source_class = SourceClass::csv;
  std::string source;  ///< a label without personal data: "import:panel", "epp:example-registry"
  UtcTime as_of{};     ///< when the source stated it; the time of the import where the source gives none

  friend bool operator==(const Provenance&, const Provenance&) = default;
};

enum class ContactKind : std::uint8_t { unknown, natural_person, legal_person };

/// Of a street (RFC 5733 §2.4).
inline constexpr std::size_t most_street_lines = 3;

/// A contact by RFC 5733. An empty field is "not held". Handles are unique in the store and shared between registrations.
struct Contact {
  std::string handle;  ///< ours or the source's: 3–64 of [A-Za-z0-9._-], compared exactly; not personal data
  std::string roid;    ///< registry contact id (Registry Registrant ID); may be empty
  ContactKind kind = ContactKind::unknown;
  PersonalText name;
  PersonalText organization;
  std::vector<PersonalText> street;  ///< `most_street_lines` at most
  PersonalText city;
  PersonalText state;        ///< state or province
  PersonalText postal_code;  ///< at most 16 characters
  std::string country;       ///< ISO 3166-1 alpha-2, upper case
  PersonalText phone;        ///< RFC 5733 §2.5 form "+CC.NNN", at most 17 characters
  PersonalText phone_ext;
  PersonalText fax;
  PersonalText fax_ext;
  PersonalText email;  ///< RFC 5322 addr-spec, domain part as A-labels
  std::string region;  ///< region the data must stay in ("EU"); empty: the store's own
  Provenance provenance;

  friend bool operator==(const Contact&, const Contact&) = default;
};

/// The text of one element, or empty. Streets are not one text: ask `street`. contact_id gives the ROID.
const std::string& reveal(const Contact& contact, Element element);

/// Same person, by what matters to consent: a change of name or organization ends choices given before it (rules.md §1.6).
bool same_holder(const Contact& before, const Contact& after);

}  // namespace regdata
