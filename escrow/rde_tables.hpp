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

/// Builds the rows of one object in one table: none, one or several, each with its line end. What it lacks RdeObjects tells.
class RdeRows {
 public:
  explicit RdeRows(RdeNaming naming) : naming_(std::move(naming)) {}

  const std::string& registration(RdeTable table, const RegistrationData& data);
  const std::string& host(RdeTable table, const Host& host, bool linked);
  const std::string& contact(RdeTable table, const Contact& contact);
  const std::string& registrar(const Registrar& registrar);

 private:
  void row(std::initializer_list<std::string_view> fields);
  void statuses(const Registration& registration);

  RdeNaming naming_;
  CsvRecord record_{CsvDialect{.crlf = true}};  // RFC 4180 §2
  std::string text_;
};

}  // namespace regdata::escrow
