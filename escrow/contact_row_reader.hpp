// The way back from a row of a deposit's handle file to the contact that it was made of.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "escrow/columns.hpp"

namespace regdata::escrow {

/// Whether a header line is that of a handle file.
bool is_contact_header(std::span<const std::string> header);

/// Reads the rows of one deposit's handle file (specification of 2007).
class ContactRowReader {
 public:
  /// Errc::invalid: a column that is not in the field table, that is there twice, or a required one that is not there.
  /// `rules`: by which the rows were written.
  static Expected<ContactRowReader> for_header(std::span<const std::string> header, const Catalog& catalog,
                                               Provenance provenance, RowRules rules = rules_of_comparison);

  /// The contact; one with the handle of a service is described by configuration, and not to be stored. Errc::invalid: a value
  /// breaks a rule of contacts, or would not come back as it stands there. The context names handle and column, never a value.
  [[nodiscard]] Expected<Contact> read(std::span<const std::string> row) const;

  [[nodiscard]] const std::vector<Column>& columns() const noexcept { return columns_; }

 private:
  ContactRowReader(std::vector<Column> columns, const Catalog& catalog, Provenance provenance, RowRules rules)
      : columns_(std::move(columns)), catalog_(&catalog), provenance_(std::move(provenance)), rules_(std::move(rules)) {}

  std::vector<Column> columns_;
  const Catalog* catalog_;
  Provenance provenance_;
  RowRules rules_;
};

}  // namespace regdata::escrow
