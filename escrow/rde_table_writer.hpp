// A deposit by RFC 9022, CSV model: a document with the definitions of tables, and the tables, in one archive.
#pragma once

#include <memory>

#include "escrow/deposit_writer.hpp"

namespace regdata::escrow {

/// Objects are given in the order registrations, hosts, contacts, six times: once to be counted, then once for
/// each table that registrations have.
class RdeTableWriter final : public DepositForm {
 public:
  /// Into an existing directory of this deposit's own.
  static Expected<std::unique_ptr<RdeTableWriter>> begin(const std::filesystem::path& directory, DepositPlan plan,
                                                         Sealing sealing, const Registrar& registrar);
  ~RdeTableWriter() override;

  Expected<bool> add(const RegistrationData& data, const Registrar& registrar) override;
  Expected<bool> add(const Host& host, bool linked) override;
  Expected<bool> add(const Contact& contact) override;
  [[nodiscard]] bool wants_others() const override;

  /// Errors as RdeWriter::once_more().
  Expected<bool> once_more() override;
  /// As RdeWriter::finish().
  Expected<DepositFacts> finish() override;

 private:
  struct Impl;
  explicit RdeTableWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::escrow
