// regdata deposit where HANDLE
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <limits>
#include <memory>

#include "app/commands/deposit.hpp"
#include "app/escrow_desk.hpp"
#include "app/store_access.hpp"
#include "app/table.hpp"
#include "escrow/contact_list.hpp"
#include "escrow/deposit_copies.hpp"
#include "escrow/part_file.hpp"
#include "registration/contact_checks.hpp"

namespace regdata::app {
namespace {

using escrow::DepositCopy;
using escrow::DepositEntry;

/// What is known of one deposit and one contact.
enum class Holding : std::uint8_t { no, yes, unknown };

/// Where the list is gone, damaged, or was never made, the deposit may hold anybody: silence is no proof.
Holding holding(const std::filesystem::path& directory, const std::optional<escrow::ListFacts>& list,
                const std::string& handle) {
  if (!list) return Holding::unknown;
  const auto found = escrow::holds_contact(directory, *list, handle);
  return !found ? Holding::unknown : *found ? Holding::yes : Holding::no;
}

/// The day on which the agent destroys it; empty: not known.
std::optional<std::chrono::sys_days> gone_on(const Config& config, const DepositEntry& entry) {
  const auto settings = agent_settings(config, entry.agent);
  if (!settings || (*settings)->keep_days == 0) return std::nullopt;
  return entry.date + std::chrono::days((*settings)->keep_days);
}

std::string region_of(const Config& config, const DepositEntry& entry, const escrow::Manifest* manifest) {
  if (manifest != nullptr && !manifest->region.empty()) return manifest->region;
  const auto settings = agent_settings(config, entry.agent);
  const auto agent = settings ? make_agent(config, **settings) : Expected<escrow::Agent>(settings.error());
  return agent ? agent->region : std::string("not known");
}

/// The deposits that hold the contact, or may.
class Holders {
 public:
  Holders(Context& context, const Config& config, std::string handle)
      : config_(config),
        handle_(std::move(handle)),
        today_(std::chrono::floor<std::chrono::days>(context.clock())),
        table_({"NUMBER", "AGENT", "REGION", "DATE", "STATE", "HOLDS IT", "DESTROYED ON", "HERE"}) {}

  /// A row of the ledger, and whatever lies here under its name.
  Expected<void> look_at(const DepositEntry& entry) {
    const auto copies = escrow::copies_of(config_.escrow.deposits / entry.agent, entry);
    if (!copies) return copies.error();
    if (!entry.manifest.empty())
      if (auto told = look_at_own(entry, *copies); !told) return told;
    for (const DepositCopy& copy : *copies)
      if (!copy.is_of(entry))
        if (auto told = look_at_other(entry, copy); !told) return told;
    return {};
  }
  Table& table() { return table_; }
  boost::json::array& all() { return all_; }

 private:
  /// What is told of one deposit.
  struct Told {
    std::string state;
    std::optional<bool> left;  ///< empty: nobody knows
    Holding held = Holding::unknown;
    bool is_here = false;
  };

  /// The one that the ledger knows.
  Expected<void> look_at_own(const DepositEntry& entry, const std::vector<DepositCopy>& copies) {
    const auto manifest = escrow::read_manifest(entry.manifest);
    if (!manifest) return manifest.error();
    const auto copy = std::ranges::find_if(copies, [&](const DepositCopy& one) { return one.is_of(entry); });
    const bool is_found = copy != copies.end();
    const Holding held = is_found ? holding(copy->directory, manifest->contacts, handle_) : Holding::unknown;
    const auto gone = gone_on(config_, entry);
    const bool is_here = is_found && copy->has_files;
    // the mark in its directory knows what an older database has forgotten
    const bool left = has_left(entry.state) || (is_found && copy->may_have_left);
    const bool is_there = left && !(gone && *gone <= today_);
    // one that waits here and is not here: its disk is not mounted, or somebody took it away
    const bool is_lost =
        !is_found && (entry.state == escrow::DepositState::verified || entry.state == escrow::DepositState::held);
    if (held == Holding::no || (!is_there && !is_here && !is_lost)) return {};
    tell(entry, &*manifest,
         {.state = std::string(to_string(entry.state)),
          .left = is_lost ? std::nullopt : std::optional(left),
          .held = held,
          .is_here = is_here});
    return {};
  }

  /// One that the ledger does not know, or not any more: by its own manifest, as far as there is one.
  Expected<void> look_at_other(const DepositEntry& entry, const DepositCopy& copy) {
    const auto gone = gone_on(config_, entry);
    const bool may_be_there = copy.may_have_left || copy.place == DepositCopy::Place::own;
    if (!copy.has_files && !(may_be_there && copy.manifest && !(gone && *gone <= today_))) return {};
    const escrow::Manifest* manifest = copy.manifest ? &*copy.manifest : nullptr;
    const Holding known = manifest != nullptr ? holding(copy.directory, manifest->contacts, handle_) : Holding::unknown;
    if (known == Holding::no) return {};
    Told told{.state = "forgotten", .left = std::nullopt, .held = known, .is_here = copy.has_files};
    if (entry.id == 0) {
      tell(entry, manifest, told);
      return {};
    }
    if (copy.place == DepositCopy::Place::standing) told = {.state = "standing", .left = false, .held = known, .is_here = true};
    if (copy.place == DepositCopy::Place::own && copy.manifest_text.empty())  // its maker was cut off, or is at work
      told = {.state = std::string(to_string(entry.state)), .left = false, .held = known, .is_here = true};
    tell(entry, manifest, told);
    return {};
  }

  void tell(const DepositEntry& entry, const escrow::Manifest* manifest, const Told& told) {
    const auto gone = gone_on(config_, entry);
    const std::string word = told.held == Holding::yes ? "yes" : "maybe";
    const std::string until = gone ? escrow::date_text(*gone) : "not known";
    const std::string region = region_of(config_, entry, manifest);
    const bool is_only_here = told.left && !*told.left;
    table_.add({entry.id == 0 ? std::string("-") : std::to_string(entry.id), entry.agent, region, escrow::date_text(entry.date),
                is_only_here ? told.state + ", only here" : told.state, word, until, told.is_here ? "yes" : "no"});
    all_.push_back(boost::json::object{{"number", entry.id == 0 ? boost::json::value(nullptr) : boost::json::value(entry.id)},
                                       {"agent", entry.agent},
                                       {"region", region},
                                       {"date", escrow::date_text(entry.date)},
                                       {"state", told.state},
                                       {"left", told.left ? boost::json::value(*told.left) : boost::json::value(nullptr)},
                                       {"here", told.is_here},
                                       {"holds", word},
                                       {"destroyedOn", gone ? boost::json::value(until) : boost::json::value(nullptr)}});
  }

  const Config& config_;
  std::string handle_;
  std::chrono::sys_days today_;
  Table table_;
  boost::json::array all_;
};

Outcome where(Context& context, const std::string& handle) {
  if (const auto good = check_handle(handle); !good) return Error{Errc::usage, good.error().context, good.error().hint};
  const auto config = context.config();
  if (!config) return config.error();
  const auto ledger = open_ledger(*config);
  if (!ledger) return ledger.error();
  const auto entries = (*ledger)->list({}, std::numeric_limits<std::int64_t>::max());
  if (!entries) return entries.error();
  // a directory that is not mounted must not pass for one in which nothing is
  std::error_code failure;
  if (!entries->empty() && !std::filesystem::is_directory(config->escrow.deposits, failure)) {
    if (failure && failure != std::errc::no_such_file_or_directory)
      return escrow::file_error("look at", config->escrow.deposits, failure.value());
    return make_error(Errc::unavailable, config->escrow.deposits.string() + ": the directory of deposits is not there",
                      "[escrow] deposits; is its disk mounted?");
  }
  Holders holders(context, *config, handle);
  for (const DepositEntry& entry : *entries)
    if (auto told = holders.look_at(entry); !told) return told.error();
  const auto agents = escrow::agents_with_deposits(config->escrow.deposits);
  if (!agents) return agents.error();
  for (const std::string& agent : *agents) {
    std::vector<DepositEntry> rows;
    std::ranges::copy_if(*entries, std::back_inserter(rows), [&](const DepositEntry& row) { return row.agent == agent; });
    const auto forgotten = escrow::without_row(config->escrow.deposits / agent, agent, rows);
    if (!forgotten) return forgotten.error();
    for (const DepositEntry& entry : *forgotten)
      if (auto told = holders.look_at(entry); !told) return told.error();
  }
  if (holders.all().empty())
    context.output.note("no deposit that still exists holds this contact");
  else
    holders.table().print(context.output);
  return {Exit::done, boost::json::object{{"handle", handle}, {"deposits", std::move(holders.all())}}};
}

}  // namespace

void add_deposit_where(CommandLine& line, Verb noun) {
  Verb app = line.verb_of(noun, "where", "which deposits hold a contact, at which agent, in which region, and until when");
  auto handle = std::make_shared<std::string>();
  app.option("HANDLE", *handle, "of the contact; one that was erased here can be asked for too").required();
  line.does(app, [handle](Context& context) { return where(context, *handle); });
}

}  // namespace regdata::app
