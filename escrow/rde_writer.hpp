// A deposit by RFC 9022 as a registrar's files: objects of one snapshot, given twice; archive, seal and detached signature.
#pragma once

#include <memory>

#include "escrow/deposit_writer.hpp"
#include "escrow/manifest.hpp"
#include "escrow/rde_objects.hpp"

namespace regdata::escrow {

/// Objects are given in the order registrations, hosts, contacts, twice: once to be counted.
class RdeWriter final : public DepositForm {
 public:
  /// Into an existing directory of this deposit's own.
  static Expected<std::unique_ptr<RdeWriter>> begin(const std::filesystem::path& directory, DepositPlan plan, Sealing sealing,
                                                    const Registrar& registrar);
  ~RdeWriter() override;

  Expected<bool> add(const RegistrationData& data, const Registrar& registrar) override;
  Expected<bool> add(const Host& host, bool linked) override;
  Expected<bool> add(const Contact& contact) override;

  /// Begins the file. Errc::invalid: something that the schema demands is missing. Errors as DepositPart::begin().
  Expected<bool> once_more() override;
  /// As DepositWriter::finish(). Errc::internal: other objects were given the second time.
  Expected<DepositFacts> finish() override;

 private:
  struct Impl;
  explicit RdeWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// What stands around the objects of a deposit.
RdeFrame rde_frame(const DepositPlan& plan);
/// Ends the files of a deposit, each with its detached signature over what is on disk (Specification 2, part A §4); all get
/// their names, the signature of the last file last. Completes `facts`. Errors as DepositPart::finish().
Expected<void> finish_document(DepositPart& part, const std::filesystem::path& directory, const Sealing& sealing,
                               const RowDigest& rows, DepositFacts& facts);
/// For a document: its date, and five signs by chance, so that a difference fits the very deposit that it is to and no other of
/// that date, of another agent or of a ledger that was put back. `\w{1,13}` is all that RFC 8909 §8 has room for.
std::string new_rde_id(std::chrono::sys_days date, const openpgp::Random& random);
/// Of the deposit, in its document; of those from before identifiers were drawn "20261127001", of a difference "20261127D001".
/// Empty: it is no document.
std::string rde_id(const Manifest& manifest);
/// One of that former form, which deposits of several agents have alike; or somebody else's like it.
bool tells_date_alone(std::string_view id) noexcept;
/// "9999_2026-11-27_full_S1_R0", what all files of the deposit begin with (Registry Agreement, Specification 2, part A §5).
std::string rde_stem(const DepositPlan& plan);

}  // namespace regdata::escrow
