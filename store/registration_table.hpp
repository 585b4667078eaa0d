// Registrations as rows, and which names use a contact.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/registration.hpp"
#include "store/label_table.hpp"
#include "store/sqlite.hpp"

namespace regdata::store {

/// Contacts of a registration by row id, in the order of Role; 0: nobody has the role.
using ContactIds = std::array<std::int64_t, all_roles.size()>;

/// A registration's row. Its contacts are ids: the handles in `registration` are empty.
struct StoredRegistration {
  Registration registration;
  ContactIds contacts{};
  std::string relay_token{};
  bool has_hosts_below = false;
  /// Class of the source of what is not the registry's to say: contact links, reseller, privacy service, region.
  SourceClass holder_class = SourceClass::csv;
  UtcTime relay_drawn{};  ///< when the token was drawn
};

/// Throws SQLite::Exception. Names that do not parse are Errc::damaged.
class RegistrationTable {
 public:
  RegistrationTable(SQLite::Database& database, LabelTable& labels);

  Expected<std::optional<StoredRegistration>> load(std::string_view name);
  /// Walks registrations that are not ended, in order of name, behind `after`. One walk at a time.
  void begin_walk(std::string_view after);
  Expected<std::optional<StoredRegistration>> next();
  void end_walk() noexcept { walk_.reset(); }

  /// Writes a new row, or the row anew.
  void write(const StoredRegistration& stored);
  /// Whether the row is there and was not marked.
  bool mark_hosts_below(std::string_view name);
  /// True where `name` is held and not ended.
  bool is_sponsored(std::string_view name);
  /// `name` or the nearest name above it that is held and not ended; empty: none.
  std::string_view sponsored_at_or_above(std::string_view name);

  /// Names, not ended, whose relay token was drawn before `time`; those first that have it longest.
  std::vector<std::string> relay_drawn_before(UtcTime time, std::size_t limit);
  /// A token that the name had leads to its holder until then.
  void keep_former_token(std::string_view token, std::string_view name, UtcTime until);
  /// Those of one name; those that ran out.
  void drop_former_tokens(std::string_view name);
  void drop_former_tokens(UtcTime now);

  /// Moves the reverse links of `name` from one set of contacts to another.
  void relink(std::string_view name, const ContactIds& from, const ContactIds& to);
  /// Registries that were asked for the name before are to be asked again: something has changed at `now`.
  void ask_registries_again(std::string_view name, UtcTime now);
  Expected<std::vector<DomainName>> names_of_contact(std::int64_t contact, std::string_view after, std::size_t limit);
  /// Whether a registration, not ended, that uses the contact `counts`: asked by name and registrar until one does.
  Expected<bool> is_used(std::int64_t contact, const std::function<bool(const DomainName&, std::string_view)>& counts);

 private:
  Expected<StoredRegistration> read(Statement& row);

  LabelTable& labels_;
  Statement load_, walk_, write_, mark_, sponsored_, link_, unlink_, ask_again_, names_, uses_;
  Statement drawn_before_, keep_former_, drop_former_of_, drop_former_;
  std::string hosts_text_, ds_text_;
};

/// Texts with a space between, and back.
std::string join(const std::vector<std::string>& texts);
std::vector<std::string> split(std::string_view text);

}  // namespace regdata::store
