// regdata deposit where HANDLE
#include <fmt/format.h>

#include <limits>
#include <memory>

#include "app/commands/deposit.hpp"
#include "app/escrow_desk.hpp"
#include "app/store_access.hpp"
#include "app/table.hpp"
#include "escrow/contact_list.hpp"
#include "escrow/retirement.hpp"
#include "registration/contact_checks.hpp"

namespace regdata::app {
namespace {

using escrow::DepositEntry;

/// What is known of one deposit and one contact.
enum class Holding : std::uint8_t { no, yes, unknown };

/// Where the list is gone or was never made, the deposit may hold anybody: silence is no proof.
Expected<Holding> holding(const Config& config, const DepositEntry& entry, const escrow::Manifest& manifest,
                          const std::string& handle) {
  if (!manifest.contacts) return Holding::unknown;
  const auto directory = config.escrow.deposits / entry.agent / directory_name(entry);
  const auto found = escrow::holds_contact(directory, *manifest.contacts, handle);
  if (found) return *found ? Holding::yes : Holding::no;
  return found.error().code == Errc::unavailable ? Expected<Holding>(Holding::unknown) : found.error();
}

/// The day on which the agent destroys it; empty: not known.
std::optional<std::chrono::sys_days> gone_on(const Config& config, const DepositEntry& entry) {
  const auto settings = agent_settings(config, entry.agent);
  if (!settings || (*settings)->keep_days == 0) return std::nullopt;
  return entry.date + std::chrono::days((*settings)->keep_days);
}

std::string region_of(const Config& config, const DepositEntry& entry, const escrow::Manifest& manifest) {
  if (!manifest.region.empty()) return manifest.region;
  const auto settings = agent_settings(config, entry.agent);
  const auto agent = settings ? make_agent(config, **settings) : Expected<escrow::Agent>(settings.error());
  return agent ? agent->region : std::string("not known");
}

Outcome where(Context& context, const std::string& handle) {
  if (const auto good = check_handle(handle); !good) return Error{Errc::usage, good.error().context, good.error().hint};
  const auto config = context.config();
  if (!config) return config.error();
  const auto ledger = open_ledger(*config);
  if (!ledger) return ledger.error();
  const auto entries = (*ledger)->list({}, std::numeric_limits<std::int64_t>::max());
  if (!entries) return entries.error();
  const auto today = std::chrono::floor<std::chrono::days>(context.clock());
  Table table({"NUMBER", "AGENT", "REGION", "DATE", "STATE", "HOLDS IT", "DESTROYED ON", "HERE"});
  boost::json::array all;
  for (const DepositEntry& entry : *entries) {
    if (entry.manifest.empty()) continue;
    const auto manifest = escrow::read_manifest(entry.manifest);
    if (!manifest) return manifest.error();
    const auto held = holding(*config, entry, *manifest, handle);
    if (!held) return held.error();
    const auto gone = gone_on(*config, entry);
    const bool is_here = escrow::is_here(config->escrow.deposits / entry.agent, entry);
    const bool is_there = has_left(entry.state) && !(gone && *gone <= today);
    if (*held == Holding::no || (!is_there && !is_here)) continue;
    const std::string word = *held == Holding::yes ? "yes" : "maybe";
    const std::string state(to_string(entry.state));
    const std::string until = gone ? escrow::date_text(*gone) : "not known";
    const std::string region = region_of(*config, entry, *manifest);
    table.add({std::to_string(entry.id), entry.agent, region, escrow::date_text(entry.date),
               has_left(entry.state) ? state : state + ", only here", word, until, is_here ? "yes" : "no"});
    all.push_back(boost::json::object{{"number", entry.id},
                                      {"agent", entry.agent},
                                      {"region", region},
                                      {"date", escrow::date_text(entry.date)},
                                      {"state", state},
                                      {"left", has_left(entry.state)},
                                      {"here", is_here},
                                      {"holds", word},
                                      {"destroyedOn", gone ? boost::json::value(until) : boost::json::value(nullptr)}});
  }
  if (all.empty())
    context.output.note("no deposit that still exists holds this contact");
  else
    table.print(context.output);
  return {Exit::done, boost::json::object{{"handle", handle}, {"deposits", std::move(all)}}};
}

}  // namespace

void add_deposit_where(CommandLine& line, Verb noun) {
  Verb app = line.verb_of(noun, "where", "which deposits hold a contact, at which agent, in which region, and until when");
  auto handle = std::make_shared<std::string>();
  app.option("HANDLE", *handle, "of the contact; one that was erased here can be asked for too").required();
  line.does(app, [handle](Context& context) { return where(context, *handle); });
}

}  // namespace regdata::app
