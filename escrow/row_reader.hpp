// The way back from a row of a deposit to the registration that it was made of, as far as its columns go.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "escrow/columns.hpp"
#include "registration/registration_store.hpp"

namespace regdata::escrow {

/// Reads the rows of one deposit, of the specification that its header has the columns of. What it gives is what column_text()
/// was given, as far as the columns say: whatever else belongs to a registration is left as not known, and nobody has chosen
/// anything.
class RowReader {
 public:
  /// What holds for all rows. What is pointed to must outlive the reader.
  struct Origin {
    const Catalog* catalog;
    Provenance provenance;
    std::string registrar{};               ///< id of whose deposit it is, where no column tells it; may be empty
    RowRules rules = rules_of_comparison;  ///< by which the rows were written
  };
  /// Errc::invalid: a column that is not in the field table, that is there twice, or a required one that is not there.
  static Expected<RowReader> for_header(std::span<const std::string> header, Origin origin);

  /// Errc::invalid: a value breaks a rule of registrations, or would not come back as it stands there. The context names the
  /// column, and the name where that is a valid one; it repeats no value.
  [[nodiscard]] Expected<RegistrationPut> read(std::span<const std::string> row) const;

  [[nodiscard]] const std::vector<Column>& columns() const noexcept { return columns_; }

 private:
  RowReader(std::vector<Column> columns, Origin origin) : columns_(std::move(columns)), origin_(std::move(origin)) {}
  Expected<void> take(const Column& column, const std::string& text, RegistrationPut& put) const;
  Contact& contact_in(Role role, RegistrationPut& put) const;
  [[nodiscard]] bool has(ColumnSource source) const noexcept;
  /// What no column says of the registration, and must be known.
  Expected<void> complete(RegistrationPut& put) const;
  Expected<void> take_handle(const Column& column, const std::string& text, RegistrationPut& put) const;
  Expected<void> check(const RegistrationPut& put, std::span<const std::string> row) const;

  std::vector<Column> columns_;
  Origin origin_;
};

/// A put as a store that took it would hand it out, contacts opened.
RegistrationData as_held(const RegistrationPut& put);

/// Stands for the privacy service of a registration where services are configured and the deposit has no column for them.
inline constexpr const char* service_not_told = "not-told-by-deposit";

}  // namespace regdata::escrow
