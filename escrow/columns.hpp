// The field table: which columns a registrar's deposit has, and what stands in each. Header, mapping file, writer, reader,
// checks and documentation are made of it (escrow.md §1.4, §1.5).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "registration/catalog.hpp"
#include "registration/registration_data.hpp"

namespace regdata::escrow {

/// Where a column's text comes from.
enum class ColumnSource : std::uint8_t {
  domain_name,      ///< A-label, lower case
  expiration,       ///< the registrar's date, or where it holds none the registry's; YYYY-MM-DDThh:mm:ssZ
  registrar_iana,   ///< decimal
  contact,          ///< an element of the contact in a role
  name_servers,     ///< in order, a blank between
  ds_records,       ///< "tag algorithm type digest", a semicolon between
  privacy_service,  ///< id of the service that stands in front of the registrant
  name_server,      ///< the one with this number
  handle,           ///< of the contact in a role; of the service where one stands in front of the registrant
  private_handle,   ///< of the registrant, where a service stands in front
  own_handle,       ///< of a contact that a row is about
};

struct Column {
  std::string_view name;          ///< in the header, and the middle column of the mapping file
  std::string_view section;       ///< of the Registration Data Policy or the RAA: first column of the mapping file
  std::string_view abbreviation;  ///< last column of the mapping file
  ColumnSource source = ColumnSource::contact;
  Role role = Role::registrant;     ///< of a contact
  Element element = Element::name;  ///< of a contact
  bool required = false;            ///< may not be empty
  std::uint8_t number = 0;          ///< of a name server, from 1
};

/// Whether the column takes something from the contact in its role.
constexpr bool takes_contact(const Column& column) noexcept {
  using S = ColumnSource;
  return column.source == S::contact || column.source == S::handle || column.source == S::private_handle;
}

/// ICANN's specification of 2024, contacts in line: the twelve columns that agents take today, in their order.
std::span<const Column> columns_of_2024();
/// What is deposited where it is collected (Registration Data Policy §8.2), declared in the mapping file. An operator picks.
std::span<const Column> further_columns_of_2024();
/// The further column of this name. Errc::usage: there is none; the hint names those that there are.
Expected<Column> further_column(std::string_view name);

/// ICANN's specification of 2007 fixes no names of columns (escrow.md §1.4): a row for each name, with handles,
std::span<const Column> columns_of_2007();
/// and a row for each contact or service that one of them names.
std::span<const Column> contact_columns_of_2007();

/// What a required text that is not held becomes. Nothing is ever made up.
enum class WhenMissing : std::uint8_t {
  hold,        ///< the deposit is not made: the operator mends the data first
  leave_empty  ///< the agent may warn
};

struct RowRules {
  std::string street_separator = ", ";  ///< between the lines of a street, which has one column
  /// RDP left many registrars without a billing contact; RAA 3.4.1.3 still asks for its name. Who pays is then the registrant.
  bool billing_is_registrant = true;
};

/// How rows are projected to be compared: what stands in for nobody is not made up a second time.
inline const RowRules rules_of_comparison{.street_separator = ", ", .billing_is_registrant = false};

/// What stands in the column for a registration. Empty: not held. A contact that cannot be opened is the caller's to refuse.
std::string column_text(const Column& column, const RegistrationData& data, const Registrar& registrar, const RowRules& rules);

/// What stands in a column of a contact's own row.
std::string contact_column_text(const Column& column, const Contact& contact, const RowRules& rules);

/// A privacy or proxy service as a contact of a deposit, with the handle "pp:ID", which no contact of a registration can have.
/// Its e-mail address is left out where each name has its own.
Contact service_contact(const PrivacyService& service);
std::string handle_of_service(std::string_view id);
/// The id of the service, or empty: no handle of one.
std::string_view service_of_handle(std::string_view handle);

/// The header mapping file of 2024 (escrow.md §1.5): CSV of section, name and abbreviation, with its own header line.
std::string mapping_file(std::span<const Column> columns);

}  // namespace regdata::escrow
