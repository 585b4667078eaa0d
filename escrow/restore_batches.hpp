// What is read from a deposit goes into the store in batches, and is remembered for the proof.
#pragma once

#include <string>
#include <vector>

#include "escrow/restore.hpp"

namespace regdata::escrow {

/// Counts in the report; tells the hooks what was refused. What is referred to must outlive it.
class RestoreBatches {
 public:
  RestoreBatches(RegistrationStore& into, const RestoreHooks& hooks, RestoreReport& report, UtcTime now)
      : store_(into), hooks_(hooks), report_(report), now_(now) {}

  /// `text`: the contact as a deposit writes it. Errors: damaged (it was there before), those of the store, of progress.
  Expected<void> add(Contact contact, std::string_view text);
  /// Where it stood, and the registration as a deposit writes it. One that names a contact which is not held is refused.
  struct Place {
    std::string file;
    std::uint64_t record = 0;
    std::string text;
  };
  Expected<void> add(RegistrationPut put, Place place);
  /// Nothing more comes for now.
  Expected<void> flush();

  void refuse(const std::string& file, std::uint64_t record, Error error);
  /// Errc::unavailable: stopped.
  Expected<void> tell_progress(std::uint64_t count) const;

  [[nodiscard]] const RowDigest& taken() const noexcept { return taken_; }
  [[nodiscard]] const RowDigest& taken_contacts() const noexcept { return taken_contacts_; }

  /// How many are put at once, and between two tellings of progress.
  static constexpr std::size_t batch_size = 2000;

 private:
  Expected<void> write_contacts();
  Expected<void> write_registrations();
  /// Those of a batch that cannot be put together with the others are refused, the others are put.
  Expected<void> write_each();

  RegistrationStore& store_;
  const RestoreHooks& hooks_;
  RestoreReport& report_;
  UtcTime now_;
  std::vector<Contact> contacts_;
  std::vector<RegistrationPut> registrations_;
  std::vector<Place> places_;  ///< of the registrations
  RowDigest taken_{Digest{}};
  RowDigest taken_contacts_{Digest{}};
};

/// Whether two stores, or a deposit and a store, gave the same rows, in whatever order.
bool same_rows(const RowDigest& a, const RowDigest& b);

}  // namespace regdata::escrow
