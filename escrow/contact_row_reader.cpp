#include "escrow/contact_row_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "escrow/element_text.hpp"
#include "escrow/row_reader.hpp"
#include "registration/contact_checks.hpp"

namespace regdata::escrow {

bool is_contact_header(std::span<const std::string> header) { return std::ranges::find(header, "handle") != header.end(); }

Expected<ContactRowReader> ContactRowReader::for_header(std::span<const std::string> header, const Catalog& catalog,
                                                        Provenance provenance, RowRules rules) {
  const auto table = contact_columns_of_2007();
  std::vector<Column> columns;
  for (const std::string& name : header) {
    const auto column = std::ranges::find(table, name, &Column::name);
    if (column == table.end())
      return make_error(Errc::invalid, "the header has a column that is not in the field table",
                        "docs/escrow.md has the columns of a handle file");
    if (std::ranges::find(columns, name, &Column::name) != columns.end())
      return make_error(Errc::invalid, fmt::format("the header has the column {} twice", name));
    columns.push_back(*column);
  }
  for (const Column& wanted : table)
    if (wanted.required && std::ranges::find(columns, wanted.name, &Column::name) == columns.end())
      return make_error(Errc::invalid, fmt::format("the header lacks the column {}", wanted.name));
  return ContactRowReader(std::move(columns), catalog, std::move(provenance), std::move(rules));
}

Expected<Contact> ContactRowReader::read(std::span<const std::string> row) const {
  if (row.size() != columns_.size()) return make_error(Errc::invalid, "another number of columns than the header");
  const auto at = std::ranges::find(columns_, ColumnSource::own_handle, &Column::source) - columns_.begin();
  const std::string& handle = row[static_cast<std::size_t>(at)];
  if (const std::string_view service = service_of_handle(handle); !service.empty()) {
    if (service != service_not_told && catalog_->privacy_service(service) == nullptr)
      return make_error(Errc::invalid, "handle: is of no service of the configuration", "[[privacy_service]] names it");
    Contact of_service;
    of_service.handle = handle;
    return of_service;
  }
  auto good = check_handle(handle);
  if (!good) return make_error(Errc::invalid, "handle: is not one", good.error().hint);
  Contact contact;
  contact.handle = std::move(*good);
  contact.provenance = provenance_;
  for (std::size_t number = 0; number < columns_.size(); ++number) {
    const Column& column = columns_[number];
    if (column.source == ColumnSource::own_handle || row[number].empty()) continue;
    if (auto set = set_element(column, row[number], contact, rules_); !set)
      return make_error(Errc::invalid, contact.handle + ": " + set.error().context, set.error().hint);
  }
  for (std::size_t number = 0; number < columns_.size(); ++number)
    if (contact_column_text(columns_[number], contact, rules_) != row[number])
      return make_error(Errc::invalid, fmt::format("{}: {}: is not written as a deposit writes it: it would not come back",
                                                   contact.handle, columns_[number].name));
  return contact;
}

}  // namespace regdata::escrow
