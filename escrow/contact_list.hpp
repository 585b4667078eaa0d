// Which contacts a deposit holds: asked for long after, when nobody here can open it any more (erasure clock, access requests).
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "escrow/measure.hpp"
#include "escrow/row_digest.hpp"

namespace regdata::escrow {

inline constexpr std::string_view contact_list_name = "contacts.list";

/// What the manifest says of it. The list is a file of 8 bytes for each contact of each row: its handle under a key.
struct ContactListFacts {
  std::uint64_t bytes = 0;
  Digest sha256{};
  Digest key{};
  friend bool operator==(const ContactListFacts&, const ContactListFacts&) = default;
};

/// Writes the list while the rows pass; memory does not grow with it.
class ContactList {
 public:
  /// `key`: random, of this deposit. Errors as PartFile::create().
  static Expected<std::unique_ptr<ContactList>> begin(const std::filesystem::path& directory, const Digest& key);

  Expected<void> add(std::string_view handle);
  /// Syncs, and gives the file its name.
  Expected<ContactListFacts> finish();

 private:
  ContactList(PartFile file, const Digest& key) : file_(std::move(file)), measured_(file_) { facts_.key = key; }
  Expected<void> flush();

  PartFile file_;
  MeasuringSink measured_;
  ContactListFacts facts_;
  Bytes block_;
};

/// Whether the contact is in the list of the deposit in `directory`. Errors: unavailable (no list is there), damaged (it is not
/// the one of the manifest).
Expected<bool> holds_contact(const std::filesystem::path& directory, const ContactListFacts& facts, std::string_view handle);

}  // namespace regdata::escrow
