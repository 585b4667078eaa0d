// Which contacts a deposit holds: asked for long after, when nobody here can open it any more (erasure clock, access requests).
#pragma once

#include <filesystem>
#include <string_view>

#include "escrow/list_file.hpp"

namespace regdata::escrow {

/// A file of 8 bytes for each contact of each row: its handle under a key.
inline constexpr std::string_view contact_list_name = "contacts.list";

/// Writes the list while the rows pass.
class ContactList {
 public:
  /// `key`: random, of this deposit. Errors as PartFile::create().
  static Expected<ContactList> begin(const std::filesystem::path& directory, const Digest& key);

  Expected<void> add(std::string_view handle);
  /// Syncs, and gives the file its name.
  Expected<ListFacts> finish();

 private:
  explicit ContactList(ListFile file) : file_(std::move(file)) {}
  ListFile file_;
};

/// Whether the contact is in the list of the deposit in `directory`. Errors: unavailable (no list is there), damaged (it is not
/// the one of the manifest).
Expected<bool> holds_contact(const std::filesystem::path& directory, const ListFacts& facts, std::string_view handle);

}  // namespace regdata::escrow
