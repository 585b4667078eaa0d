// Our client and the sandbox registry over a wire that breaks where a test wants it, without a socket; the journal is real.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "epp/disclosure.hpp"
#include "epp/journaled_session.hpp"
#include "epp/resolution.hpp"
#include "epp/sandbox_mischief.hpp"
#include "epp/sandbox_registry.hpp"
#include "epp/talk.hpp"
#include "store/epp_journal.hpp"
#include "tests/store/store_world.hpp"

namespace regdata::epp {

/// Where a dialogue breaks.
struct Break {
  enum class Way : std::uint8_t { never, to_registry, to_client };
  Way way = Way::never;
  std::size_t octets = 0;  ///< that still arrive on that way
  bool kills = false;      ///< our program is gone too: nothing is noted any more
};

class Rehearsal {
 public:
  explicit Rehearsal(bool holds_contacts = true, SandboxDisclosure disclosure = {});

  /// One session that says this; empty: it did not get so far, or was killed.
  std::optional<Outcome> say(Command command, const Break& breaks = {}, MischiefPlan* mischief = nullptr);
  /// Several in one session, in their order.
  std::vector<std::optional<Outcome>> say_all(std::vector<Command> commands, const Break& breaks = {},
                                              MischiefPlan* mischief = nullptr);
  /// The same as the other registrar, without a journal: they are the registry's business.
  unsigned say_as_rival(const Command& command);
  /// As somebody would who waits: until no outcome is unknown any more.
  Resolved resolve_all();
  /// One look at what is due now.
  Resolved resolve_now();

  DomainData info(const std::string& name);
  /// What the registry shows of a contact, whatever it tells.
  Elements shown(const std::string& id);
  /// Each job in a session of its own; `after_each` is called when it was said.
  Talk talk(std::function<void()> after_each = {}, Break breaks = {});

  Journal& journal() { return *journal_; }
  /// Ours, with whom it knows.
  store::StoreWorld& world() { return world_; }
  /// Codes that the registry gave, by clTRID, for good: what really happened.
  [[nodiscard]] const std::map<std::string, unsigned>& truth() const { return truth_; }
  /// Commands that changed an object there.
  [[nodiscard]] std::size_t changes() const { return changes_; }
  [[nodiscard]] std::size_t octets_to_registry() const { return sent_; }
  [[nodiscard]] std::size_t octets_to_client() const { return received_; }
  /// Opens the journal again, as a program does that was killed.
  void reopen();

  UtcTime now = store::StoreWorld::time("2026-11-27T12:00:00Z");
  static constexpr const char* account = "REG-TEST";
  static constexpr const char* rival = "REG-RIVAL";
  ResolutionRules resolution{};
  Milliseconds answer_time{120'000};
  unsigned window = 1;

 private:
  struct Wire;
  void serve(Wire& wire, MischiefPlan* mischief);
  Login login(const std::string& who) const;

  store::StoreWorld world_;
  testing::TemporaryDirectory place_;
  std::unique_ptr<SandboxStore> objects_;
  SandboxRegistry registry_;
  std::unique_ptr<store::SqliteJournal> journal_;
  std::map<std::string, unsigned> truth_;
  std::size_t changes_ = 0;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  std::uint64_t ids_ = 0;
};

}  // namespace regdata::epp
