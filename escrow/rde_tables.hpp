// The tables of a deposit by RFC 9022, CSV model: which there are, their fields, and the rows that we write
// (docs/decisions/0020).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "escrow/csv.hpp"
#include "escrow/rde_objects.hpp"

namespace regdata::escrow {

/// In the order of their definitions.
enum class RdeTable : std::uint8_t {
  domain,
  domain_contacts,
  domain_statuses,
  domain_name_servers,
  dnssec,
  host,
  host_statuses,
  host_addresses,
  contact,
  contact_statuses,
  contact_postal,
  registrar,
};
inline constexpr std::size_t rde_table_count = 12;

struct RdeTableForm {
  std::string_view object;                   ///< "csvDomain": prefix of the namespace that its definition stands in
  std::string_view name;                     ///< "domainContacts" (RFC 9022 §5)
  std::span<const std::string_view> fields;  ///< elements of the definition: "csvDomain:fName parent=\"true\""
};
const RdeTableForm& form_of(RdeTable table);

/// What is known of a table's file once it was counted.
struct RdeTableFile {
  std::uint64_t size = 0;
  std::uint32_t crc32 = 0;
};
using RdeTableFiles = std::array<RdeTableFile, rde_table_count>;

/// "domainContacts.csv".
std::string table_file_name(RdeTable table);

/// Definitions of all tables, a line each.
std::string rde_definitions(const RdeTableFiles& files);

/// Tables of what is gone: keys of objects alone, one for each kind (RFC 9022 §5.1.2.2).
enum class RdeDeletes : std::uint8_t { domain, host, contact, registrar };
inline constexpr std::size_t rde_deletes_count = 4;
using RdeDeletesFiles = std::array<RdeTableFile, rde_deletes_count>;
RdeDeletes deletes_of(ObjectKind kind);
/// "domain-delete.csv".
std::string deletes_file_name(RdeDeletes table);
/// The row of one object in it.
std::string rde_deleted(const ListedObject& object);
/// Definitions of those that have rows, between the lines of the element; nothing where nothing is gone.
std::string rde_deletes_definitions(const RdeDeletesFiles& files);

/// Builds the rows of one object in one table: none, one or several, each with its line end. What it lacks RdeObjects tells.
class RdeRows {
 public:
  explicit RdeRows(RdeNaming naming) : naming_(std::move(naming)) {}

  const std::string& registration(RdeTable table, const RegistrationData& data);
  const std::string& host(RdeTable table, const Host& host, bool linked);
  const std::string& contact(RdeTable table, const Contact& contact);
  const std::string& registrar(const Registrar& registrar);
  [[nodiscard]] std::string roid_of(const Host& host) const { return rde_roid(host.roid, 'H', host.name.ascii(), naming_); }

 private:
  void row(std::initializer_list<std::string_view> fields);
  void statuses(const Registration& registration);

  RdeNaming naming_;
  CsvRecord record_{CsvDialect{.crlf = true}};  // RFC 4180 §2
  std::string text_;
};

}  // namespace regdata::escrow
