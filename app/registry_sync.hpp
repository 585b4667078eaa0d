// Bringing the store up to date with one registry (docs/decisions/0024).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/registry_desk.hpp"
#include "app/store_access.hpp"
#include "epp/observation.hpp"

namespace regdata::app {

/// What a step did.
struct SyncReport {
  std::uint64_t messages = 0;  ///< kept and acknowledged
  std::uint64_t looked = 0;    ///< names that were asked for
  std::uint64_t changed = 0;   ///< registrations that were different
  std::uint64_t ended = 0;
  std::uint64_t doubtful = 0;  ///< answers that were not believed, and names that were not there once
  bool is_drained = false;     ///< the queue was found empty
  std::uint64_t held = 0;      ///< ends that wait for a person: too many in one run
  epp::Resolved resolved;
  std::vector<std::string> greeting;  ///< what is new or gone in it: "extension urn:…: new"
  /// What would be put, or was: names and fields, without values. At most `most_lines`.
  std::vector<std::string> lines;
  std::uint64_t more_lines = 0;  ///< that are left out

  static constexpr std::size_t most_lines = 10'000;
  void tell(std::string line) {
    if (lines.size() < most_lines)
      lines.push_back(std::move(line));
    else
      ++more_lines;
  }
};

/// For one registry, used by one thread. What is referred to must outlive it.
class RegistrySync {
 public:
  RegistrySync(const Config& config, const Config::Registry& settings, SyncAccess& access, Clock clock);

  /// A run begins: names may end in it again.
  void begin();
  /// As many names may end in this run, on a person's word.
  void allow_ends(std::uint64_t most) { most_ends_ = most; }
  /// All of it: messages first, then what is unknown, then names (epp.md §4.2 (7)). What fails keeps nothing else from being
  /// done, but a login that is refused; the first error is returned. `goes_on` is asked in between.
  Expected<void> run(SyncReport& report, std::size_t limit, const std::function<bool()>& goes_on);
  /// Takes messages from the registry's queue, a thousand at most: each is kept, then acknowledged. Errc::conflict: another
  /// process does.
  Expected<void> drain(SyncReport& report);
  /// Applies what was kept.
  Expected<void> apply_messages(SyncReport& report);
  /// Finds what became of commands, as far as it is due.
  Expected<void> resolve(SyncReport& report);
  /// Looks at names that were not looked at for `look_again`, at most `limit`. `dry`: nothing is written.
  Expected<void> reconcile(SyncReport& report, std::size_t limit, bool dry);
  /// Looks at these.
  Expected<void> look_at(const std::vector<DomainName>& names, SyncReport& report, bool dry);

 private:
  struct Seen;
  /// Compares it with the one that was kept: a registry that speaks otherwise may behave otherwise (epp.md §1.2).
  Expected<void> note_greeting(const epp::Greeting& greeting, SyncReport& report);
  Expected<std::vector<Seen>> ask(const std::vector<DomainName>& names, bool& knows_ds);
  /// What follows from what was seen of a name; empty puts and ends: nothing.
  Expected<epp::Look> judge(const Seen& seen, bool knows_ds, epp::Effect& effect, SyncReport& report);
  Expected<void> write(epp::Effect effect, std::vector<epp::Look> looks, const std::vector<epp::SyncState::Dealt>& dealt,
                       SyncReport& report);
  [[nodiscard]] bool belongs(const DomainName& name) const {
    const Tld* const tld = catalog_.tld_of(name);
    return tld != nullptr && tld->registry == settings_.id;
  }
  [[nodiscard]] std::string reason() const { return "epp:" + settings_.id; }

  const Config::Registry& settings_;
  SyncAccess& access_;
  Clock clock_;
  const Catalog& catalog_;
  std::filesystem::path lock_;
  std::optional<std::uint64_t> all_seen_at_;  ///< change of the feed up to which every name was looked at once
  std::uint64_t most_ends_ = 0;               ///< in one run
  std::uint64_t ends_ = 0;
};

}  // namespace regdata::app
