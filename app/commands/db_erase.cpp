#include "app/commands/db_erase.hpp"

#include <fmt/format.h>

#include <memory>

#include "app/commands/hiding.hpp"
#include "app/store_access.hpp"
#include "registration/retention.hpp"

namespace regdata::app {
namespace {

struct EraseArguments {
  std::string handle;
  std::string again;
  std::string reason;
  std::string order;
};

/// Both stay in the key store and the change feed for good: no room for a sentence about a person.
Expected<void> check_labels(const EraseArguments& arguments) {
  const auto is_label_of = [](const std::string& text, std::size_t most, std::string_view others) {
    return !text.empty() && text.size() <= most && std::ranges::all_of(text, [others](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
    });
  };
  if (!is_label_of(arguments.reason, 40, ".-_")) {
    return make_error(Errc::usage, "--reason must be 1 to 40 of a-z, 0-9, \".\", \"_\" and \"-\"",
                      "it is kept for good: no personal data; for example \"request\" or \"court\"");
  }
  if (!arguments.order.empty() && !is_label_of(arguments.order, 64, ".-_:/ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    return make_error(Errc::usage, "--order must be 1 to 64 of A-Z, a-z, 0-9 and . _ : / -",
                      "the id of the order, not the order; it is kept for good");
  }
  return {};
}

/// Why a contact has to stay, by name of registration.
struct Holds {
  std::vector<std::string> named;  ///< the first few, for a person
  bool more = false;
};

/// Registrations that are live, or ended less than 15 months ago (rules.md §1.12; promises P9, P10).
Expected<Holds> holds_on(RegistrationStore& store, const std::string& handle, UtcTime now) {
  constexpr std::size_t most_named = 5;
  constexpr std::size_t piece = 1000;
  Holds holds;
  std::string after;
  for (;;) {
    const auto names = store.names_of_contact(handle, after, piece);
    if (!names) return names.error();
    for (const DomainName& name : *names) {
      const auto found = store.find(name);
      if (!found) return found.error();
      if (!*found) continue;
      const auto& ended = (*found)->registration.ended;
      if (ended && now >= kept_until(ended->at)) continue;
      if (holds.named.size() == most_named) {
        holds.more = true;
        return holds;
      }
      holds.named.push_back(ended
                                ? fmt::format("{} (ended, kept until {})", name.ascii(), format_rfc3339(kept_until(ended->at)))
                                : fmt::format("{} (live)", name.ascii()));
    }
    if (names->size() < piece) return holds;
    after = names->back().ascii();
  }
}

Outcome refused_for(const std::string& handle, const Holds& holds) {
  boost::json::array names(holds.named.begin(), holds.named.end());
  Outcome outcome(make_error(
      Errc::refused,
      fmt::format("{} is still needed by {}{}", handle, fmt::join(holds.named, ", "), holds.more ? " and more" : ""),
      "a contact is kept while a registration uses it and for 15 months after; --order ID names an order that overrides this"));
  outcome.data = boost::json::object{{"handle", handle}, {"erased", false}, {"holds", std::move(names)}, {"more", holds.more}};
  return outcome;
}

Outcome ask_again(Context& context, const std::string& handle) {
  context.output.warn("the data key is destroyed: nobody can read this contact again, in the store or in any copy of it");
  context.output.warn("copies of the key store that were made before can still open it, until the last of them is gone");
  context.output.warn("the public views hide it; the ledger of choices stays, without personal values");
  context.output.warn(
      "a source that still has the person does not bring the data back: whoever registers again needs a new handle");
  Outcome outcome(make_error(Errc::refused, fmt::format("erasing {} cannot be undone; nothing was done", handle),
                             fmt::format("type the handle again to do it: --yes {}", handle)));
  outcome.data = boost::json::object{{"handle", handle}, {"erased", false}};
  return outcome;
}

/// The key is destroyed; what is left is to see that nobody sees the person, and that no log keeps the key.
Outcome finish(Context& context, const Config& config, RegistrationStore& store, const std::string& handle, bool before,
               const Expected<void>& wiped) {
  Outcome outcome = see_through(context, config, store,
                                {handle, 0, "erased", before ? "was erased before, and is hidden" : "erased and hidden"},
                                {{"handle", handle}, {"erased", true}, {"before", before}, {"logWiped", wiped.has_value()}});
  if (!config.escrow_agents.empty())
    context.output.note(fmt::format("`regdata deposit where {}` tells which escrow deposits still hold it", handle));
  if (wiped || outcome.error) return outcome;
  outcome.exit = Exit::partly;
  outcome.error = make_error(Errc::unavailable, fmt::format("{}: {}", handle, wiped.error().context), wiped.error().hint);
  return outcome;
}

Outcome erase(Context& context, const EraseArguments& arguments) {
  const std::string& handle = arguments.handle;
  if (const auto labels = check_labels(arguments); !labels) return labels.error();
  if (!arguments.again.empty() && arguments.again != handle)
    return make_error(Errc::usage, "--yes does not repeat the handle", "write the same handle twice; nothing was done");
  const auto config = context.config();
  if (!config) return config.error();
  const auto store = open_store(*config);
  if (!store) return store.error();
  const auto contact = (*store)->find_contact(handle);
  if (!contact) return contact.error();
  if (!*contact)
    return make_error(Errc::not_found, fmt::format("contact \"{}\" is not held", handle.substr(0, 64)),
                      "`regdata --json choice list NAME` tells the handle of its registrant");
  // An erasure that was stopped half-way is completed whatever holds: there is nothing left to keep.
  const bool before = (*contact)->state == ContactState::erased;
  const bool whatever_holds = before || !arguments.order.empty();
  if (!whatever_holds) {
    const auto holds = holds_on(**store, handle, context.clock());
    if (!holds) return holds.error();
    if (!holds->named.empty()) return refused_for(handle, *holds);
  }
  if (arguments.again.empty()) return ask_again(context, handle);
  const std::string reason = fmt::format("erase:{}{}{}", arguments.reason, arguments.order.empty() ? "" : ":", arguments.order);
  // An import that goes on may have given the contact a registration since: the store looks again.
  const auto erased = whatever_holds ? (*store)->erase_contact(handle, reason, context.clock())
                                     : (*store)->erase_contact_unless_needed(handle, reason, context.clock());
  if (!erased) {
    const auto now = (*store)->find_contact(handle);
    if (!now || !*now || (*now)->state != ContactState::erased) return erased.error();
  }
  return finish(context, *config, **store, handle, before, erased);
}

}  // namespace

void add_db_erase(CommandLine& line, Verb noun) {
  Verb app = line.verb_of(noun, "erase", "destroy a contact's data for good; returns when it is hidden, else exit 6");
  auto arguments = std::make_shared<EraseArguments>();
  app.option("HANDLE", arguments->handle, "the contact").required();
  app.option("--yes", arguments->again, "the handle again: this cannot be undone").called("HANDLE");
  app.option("--reason", arguments->reason, "why, as a label that is kept: request, court").called("LABEL").required();
  app.option("--order", arguments->order, "order that overrides a live registration or the 15 months after it").called("ID");
  line.does(app, [arguments](Context& context) { return erase(context, *arguments); });
}

}  // namespace regdata::app
