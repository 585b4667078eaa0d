// regdata epp push | withdraw
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>

#include "app/commands/epp.hpp"
#include "app/contact_desk.hpp"
#include "app/registry_desk.hpp"
#include "app/store_access.hpp"
#include "epp/contact_withdrawal.hpp"

namespace regdata::app {
namespace {

constexpr std::size_t names_at_once = 500;

struct ContactArguments {
  std::string registry;
  std::string handle;
  bool dry_run = false;
};

/// What both verbs begin with.
struct ContactAccess {
  Config config;
  const Config::Registry* settings = nullptr;  ///< in `config`
  SyncAccess store;
};
Expected<std::unique_ptr<ContactAccess>> access_for(Context& context, const ContactArguments& arguments) {
  auto config = context.config();
  if (!config) return config.error();
  auto access = std::make_unique<ContactAccess>();
  access->config = std::move(*config);
  const auto settings = registry_settings(access->config, arguments.registry);
  if (!settings) return settings.error();
  access->settings = *settings;
  auto store = open_sync(access->config);
  if (!store) return store.error();
  access->store = std::move(*store);
  return access;
}

Expected<RoleContact> contact_held(RegistrationStore& store, const std::string& handle) {
  auto contact = store.find_contact(handle);
  if (!contact) return contact.error();
  if (!*contact) return make_error(Errc::not_found, "no contact has the handle " + handle);
  if ((*contact)->state == ContactState::erased)
    return make_error(Errc::not_found, "contact " + handle + " was erased", "`regdata epp withdraw` takes it away there too");
  if ((*contact)->state != ContactState::opened)
    return make_error(Errc::damaged, "contact " + handle + " cannot be opened: " + (*contact)->problem);
  return std::move(**contact);
}

std::string_view to_word(epp::PushPlan::Kind kind) {
  if (kind == epp::PushPlan::Kind::nothing) return "nothing";
  return kind == epp::PushPlan::Kind::create ? "create" : "update";
}

boost::json::object told(const epp::ContactTarget& target, const epp::PushPlan& plan) {
  boost::json::array why;
  for (const std::string& one : plan.why) why.emplace_back(one);
  return {{"contact", target.data.id},
          {"change", to_word(plan.kind)},
          {"why", std::move(why)},
          {"shown", epp::names_of(plan.shown)},
          {"chosenAndNotShown", epp::names_of(plan.not_shown)}};
}

void tell(Context& context, const epp::ContactTarget& target, const epp::PushPlan& plan) {
  context.output.line(fmt::format("{} at the registry as {}: {}", target.handle, target.data.id, to_word(plan.kind)));
  for (const std::string& one : plan.why) context.output.line("  because: " + one);
  context.output.line("  shows: " + (plan.shown.none() ? std::string("nothing") : epp::names_of(plan.shown)));
  if (plan.not_shown.any())
    context.output.warn(fmt::format("{}: chosen, and the registry has no words to show it beside what is hidden: {}",
                                    target.handle, epp::names_of(plan.not_shown)));
}

/// Asks, and says what it would say.
Outcome rehearse(Context& context, const ContactAccess& access, const epp::ContactTarget& target) {
  const Config::Registry& settings = *access.settings;
  std::vector<epp::Job> jobs;
  jobs.push_back({epp::ContactInfo{target.data.id, {}}});
  const auto said = converse(settings, std::move(jobs), nullptr, context.clock);
  if (!said) return said.error();
  const auto plan = epp::plan_push(target, disclosure_rules(settings), settings.account, said->outcomes.front());
  if (!plan) return plan.error();
  boost::json::array frames;
  tell(context, target, *plan);
  for (const epp::Command& command : plan->commands) {
    const auto frame = epp::evidence_of(command);
    if (!frame) return frame.error();
    context.output.raw(*frame + "\n");
    frames.emplace_back(*frame);
  }
  boost::json::object data = told(target, *plan);
  data["frames"] = std::move(frames);
  return {Exit::done, std::move(data)};
}

Outcome push(Context& context, const ContactArguments& arguments) {
  const auto access = access_for(context, arguments);
  if (!access) return access.error();
  const Config::Registry& settings = *(*access)->settings;
  const auto sequence = (*access)->store.store->last_sequence();
  if (!sequence) return sequence.error();
  const auto contact = contact_held(*(*access)->store.store, arguments.handle);
  if (!contact) return contact.error();
  if (auto may = check_contact_transfer((*access)->config, settings, contact->contact); !may) return may.error();
  auto target = epp::target_of(contact->contact, contact->choices, settings.contact_prefix, postal_form(settings));
  if (!target) return target.error();
  const auto known = (*access)->store.contacts->find(settings.id, arguments.handle);
  if (!known) return known.error();
  if (*known) target->data.id = (*known)->id;  // where it is, whatever the prefix is today
  if (arguments.dry_run) return rehearse(context, **access, *target);
  // in the record before a byte is sent: from here on sync follows it, whatever becomes of this
  epp::ContactRecord& record = *(*access)->store.contacts;
  epp::RecordedContact recorded;
  recorded.handle = target->handle;
  recorded.id = target->data.id;
  if (auto added = record.add(settings.id, {recorded}); !added) return added.error();
  const auto before = record.find(settings.id, target->handle);
  if (!before) return before.error();
  if (!*before)
    return make_error(Errc::conflict, fmt::format("{} at {} is another contact of ours", recorded.id, settings.id),
                      "`regdata sync drift` and contact_prefix: two contacts must not have one id there");
  recorded.version = (*before)->version;
  epp::PushPlan plan;
  const auto done = epp::push_contact(*target, disclosure_rules(settings), settings.account,
                                      talk_to(settings, *(*access)->store.journal, context.clock), plan);
  if (!done) {  // sync tries again soon, and finds out how it stands there
    recorded.standing = epp::ContactStanding::not_brought;
    recorded.note = done.error().context;
    if (auto noted = record.note_try(settings.id, recorded, context.clock()); !noted) context.output.error(noted.error());
    return done.error();
  }
  recorded.standing = epp::ContactStanding::as_wanted;
  recorded.note = epp::note_of(plan);
  if (auto noted = record.note(settings.id, recorded, *sequence, context.clock()); !noted) return noted.error();
  tell(context, *target, plan);
  return {Exit::done, told(*target, plan)};
}

/// Names at this registry that have the contact, as we know it.
Expected<std::vector<std::string>> names_with(const ContactAccess& access, const std::string& handle) {
  std::vector<std::string> names;
  std::string after;
  while (true) {
    const auto some = access.store.store->names_of_contact(handle, after, names_at_once);
    if (!some) return some.error();
    for (const DomainName& name : *some) {
      const Tld* const tld = access.config.catalog.tld_of(name);
      if (tld != nullptr && tld->registry == access.settings->id) names.push_back(name.ascii());
    }
    if (some->size() < names_at_once) return names;
    after = some->back().ascii();
  }
}

Outcome rehearse_withdrawal(Context& context, const ContactAccess& access, const std::string& id,
                            const std::vector<std::string>& names) {
  std::vector<epp::Job> jobs;
  jobs.reserve(names.size());
  for (const std::string& name : names) jobs.push_back({epp::DomainInfo{name, "none", {}}});
  const auto said = converse(*access.settings, std::move(jobs), nullptr, context.clock);
  if (!said) return said.error();
  std::vector<epp::Command> commands;
  for (const epp::Outcome& looked : said->outcomes)
    if (auto release = epp::release_of(id, access.settings->account, looked)) commands.push_back(std::move(*release));
  commands.emplace_back(epp::ContactDelete{id});
  boost::json::array frames;
  for (const epp::Command& command : commands) {
    const auto frame = epp::evidence_of(command);
    if (!frame) return frame.error();
    context.output.raw(*frame + "\n");
    frames.emplace_back(*frame);
  }
  return {Exit::done, boost::json::object{{"contact", id}, {"frames", std::move(frames)}}};
}

Outcome withdraw(Context& context, const ContactArguments& arguments) {
  const auto access = access_for(context, arguments);
  if (!access) return access.error();
  const Config::Registry& settings = *(*access)->settings;
  const auto known = (*access)->store.contacts->find(settings.id, arguments.handle);
  if (!known) return known.error();
  const std::string id = *known ? (*known)->id : epp::id_at_registry(settings.contact_prefix, arguments.handle);
  const auto names = names_with(**access, arguments.handle);
  if (!names) return names.error();
  if (arguments.dry_run) return rehearse_withdrawal(context, **access, id, *names);
  epp::Withdrawal done;
  const auto talked =
      epp::withdraw_contact(id, *names, settings.account, talk_to(settings, *(*access)->store.journal, context.clock), done);
  boost::json::array left;
  for (const std::string& one : done.left) left.emplace_back(one);
  boost::json::array taken;
  for (const std::string& one : done.names) taken.emplace_back(one);
  boost::json::object data{{"contact", id}, {"names", std::move(taken)}, {"left", std::move(left)}, {"isGone", done.is_gone}};
  for (const std::string& name : done.names) context.output.line(name + ": it was taken away");
  for (const std::string& one : done.left) context.output.warn(one);
  if (!talked) return talked.error();
  if (!done.is_gone) {
    Outcome outcome(Exit::partly, done.is_there
                                      ? make_error(Errc::conflict, "contact " + id + " is still at the registry",
                                                   "names that have it are not all known here, or do not let go of it")
                                      : make_error(Errc::unavailable, "the registry does not tell whether it has contact " + id,
                                                   "one that holds no contacts at all has none of ours"));
    outcome.data = std::move(data);
    return outcome;
  }
  if (auto done_with = (*access)->store.contacts->forget(settings.id, arguments.handle); !done_with) return done_with.error();
  context.output.line(fmt::format("contact {} {} there", id, done.was_there ? "is no longer" : "was not"));
  return {Exit::done, std::move(data)};
}

}  // namespace

void add_epp_contacts(CommandLine& line, Verb noun) {
  const auto verb = [&](const char* word, const char* help, Outcome (*act)(Context&, const ContactArguments&)) {
    auto arguments = std::make_shared<ContactArguments>();
    Verb app = line.verb_of(noun, word, help);
    app.option("REGISTRY", arguments->registry, "id of a [[registry]]").required();
    app.option("HANDLE", arguments->handle, "of the contact, in our store").required();
    app.flag("--dry-run", arguments->dry_run, "ask, print what would be said, with dots for what is in it, and change nothing");
    line.does(app, [arguments, act](Context& context) { return act(context, *arguments); });
  };
  verb("push", "bring a contact to a registry that holds contacts, with what the person chose to show", push);
  verb("withdraw", "take a contact away from a registry, and from our names there", withdraw);
}

}  // namespace regdata::app
