#include "epp/contact_push.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

namespace regdata::epp {
namespace {

constexpr std::size_t shortest_id = 3;
constexpr std::size_t longest_id = 16;

bool is_ascii(const Contact& contact) {
  const auto plain = [](const PersonalText& text) {
    return std::ranges::all_of(text.reveal(), [](char c) { return c >= ' ' && c <= '~'; });
  };
  return plain(contact.name) && plain(contact.organization) && std::ranges::all_of(contact.street, plain) &&
         plain(contact.city) && plain(contact.state) && plain(contact.postal_code);
}

const PostalInfo* postal_of(const ContactData& data, std::string_view type) {
  const auto found = std::ranges::find(data.postal, type, &PostalInfo::type);
  return found == data.postal.end() ? nullptr : &*found;
}

/// Elements that are other, without what is in them.
std::vector<std::string> differences(const ContactData& wanted, const ContactData& held) {
  std::vector<std::string> names;
  const auto compare = [&](const char* name, bool is_same) {
    if (!is_same) names.emplace_back(name);
  };
  for (const PostalInfo& one : wanted.postal) {
    const PostalInfo* const other = postal_of(held, one.type);
    compare("name", other != nullptr && one.name == other->name);
    compare("organization", other != nullptr && one.organization == other->organization);
    compare("address", other != nullptr && one.street == other->street && one.city == other->city &&
                           one.state == other->state && one.postal_code == other->postal_code && one.country == other->country);
  }
  compare("voice", wanted.voice == held.voice && wanted.voice_ext == held.voice_ext);
  compare("fax", wanted.fax == held.fax && wanted.fax_ext == held.fax_ext);
  compare("email", wanted.email == held.email);
  return names;
}

template <class Written>
Written written_of(const ContactData& data, const std::optional<Disclosure>& disclosure) {
  Written command;
  command.id = data.id;
  command.postal = data.postal;
  command.voice = data.voice;
  command.voice_ext = data.voice_ext;
  command.fax = data.fax;
  command.fax_ext = data.fax_ext;
  command.email = data.email;
  command.disclosure = disclosure;
  return command;
}

void take(PushPlan& plan, const DisclosurePlan& disclosure, const ContactData& data) {
  if (plan.kind == PushPlan::Kind::create)
    plan.commands.emplace_back(written_of<ContactCreate>(data, disclosure.first));
  else
    plan.commands.emplace_back(written_of<ContactUpdate>(data, disclosure.first));
  if (disclosure.second) plan.commands.emplace_back(written_of<ContactUpdate>(data, disclosure.second));
  plan.shown = disclosure.shown;
  plan.not_shown = disclosure.not_shown;
}

Error answered(const Response& response, std::string_view doing) {
  return make_error(Errc::refused, std::string(doing) + ": " + told_by(response));
}

Expected<void> check_after(const ContactTarget& target, const DisclosureRules& rules, const Outcome& looked) {
  if (looked.kind != Outcome::Kind::answered) return looked.why;
  if (!looked.response->is_success()) return answered(*looked.response, "it was written, and cannot be looked at");
  const auto data = read_contact(*looked.response);
  if (!data) return data.error();
  const Elements against = shown_by(rules, data->disclosure) & ~target.chosen;
  if (against.any())
    return make_error(Errc::refused, "the registry shows what the person did not choose: " + names_of(against),
                      "it does not do what its settings here say: see disclose_… of the registry, and ask it; until then no "
                      "contact of a person belongs there");
  const auto other = differences(target.data, *data);
  if (!other.empty())
    return make_error(Errc::damaged,
                      fmt::format("the registry holds other values than it was sent: {}", fmt::join(other, ", ")),
                      "it may write them in another form: compare with `regdata epp info --contact`");
  return {};
}

}  // namespace

std::string id_at_registry(std::string_view prefix, std::string_view handle) {
  std::string id = std::string(prefix) + std::string(handle);
  if (id.size() >= shortest_id && id.size() <= longest_id) return id;
  constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // none that is taken for another
  std::array<unsigned char, longest_id> digest{};
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(handle.data()), handle.size(),
                     nullptr, 0);
  id = prefix;
  for (std::size_t at = 0; id.size() < longest_id; ++at) id += alphabet[digest.at(at) % alphabet.size()];
  return id;
}

Expected<ContactTarget> target_of(const Contact& contact, const ContactChoices& choices, std::string_view prefix,
                                  PostalForm form) {
  ContactTarget target;
  target.handle = contact.handle;
  target.chosen = chosen_elements(contact, choices);
  const bool plain = is_ascii(contact);
  if (form == PostalForm::international && !plain)
    return make_error(Errc::invalid,
                      contact.handle + ": the registry takes ASCII alone, and its name or address is in another script",
                      "ask the holder how it is written there: nothing is transliterated");
  const bool is_local = form == PostalForm::local || (form == PostalForm::by_script && !plain);
  std::vector<std::string_view> missing;
  if (contact.name.empty()) missing.emplace_back("name");
  if (contact.city.empty()) missing.emplace_back("city");
  if (contact.country.empty()) missing.emplace_back("country");
  if (contact.email.empty()) missing.emplace_back("email");
  if (!missing.empty())
    return make_error(
        Errc::invalid,
        fmt::format("{}: not held, and no contact without it (RFC 5733 §3.2.1): {}", contact.handle, fmt::join(missing, ", ")),
        "complete the contact first");
  ContactData& data = target.data;
  data.id = id_at_registry(prefix, contact.handle);
  PostalInfo postal;
  postal.type = is_local ? "loc" : "int";
  postal.name = contact.name;
  postal.organization = contact.organization;
  postal.street = contact.street;
  postal.city = contact.city;
  postal.state = contact.state;
  postal.postal_code = contact.postal_code;
  postal.country = contact.country;
  data.postal.push_back(std::move(postal));
  data.voice = contact.phone;
  data.voice_ext = contact.phone_ext;
  data.fax = contact.fax;
  data.fax_ext = contact.fax_ext;
  data.email = contact.email;
  return target;
}

Expected<PushPlan> plan_push(const ContactTarget& target, const DisclosureRules& rules, const std::string& account,
                             const Outcome& looked) {
  if (looked.kind != Outcome::Kind::answered) return looked.why;
  const Response& answer = *looked.response;
  PushPlan plan;
  if (answer.code() == 2303) {
    plan.kind = PushPlan::Kind::create;
    plan.why.emplace_back("it is not there");
    const auto disclosure = plan_creation(rules, target.chosen);
    if (!disclosure) return disclosure.error();
    take(plan, *disclosure, target.data);
    return plan;
  }
  const auto others = [&] {
    return make_error(Errc::refused, "contact " + target.data.id + " is another registrar's there",
                      "contact_prefix of the registry keeps our ids apart");
  };
  if (answer.code() == 2201) return others();
  if (!answer.is_success()) return answered(answer, "it cannot be looked at");
  const auto held = read_contact(answer);
  if (!held) return held.error();
  if (!held->sponsor.empty() && held->sponsor != account) return others();
  plan.shown_before = shown_by(rules, held->disclosure);
  const auto disclosure = plan_update(rules, target.chosen, plan.shown_before);
  if (!disclosure) return disclosure.error();
  plan.why = differences(target.data, *held);
  const Elements against = plan.shown_before & ~target.chosen;
  if (against.any()) plan.why.push_back("shown against the choice: " + names_of(against));
  const Elements more = target.chosen & ~disclosure->not_shown & ~plan.shown_before;
  if (more.any()) plan.why.push_back("chosen and not shown: " + names_of(more));
  if (plan.why.empty()) {
    plan.shown = plan.shown_before;
    plan.not_shown = target.chosen & ~plan.shown_before;
    return plan;
  }
  plan.kind = PushPlan::Kind::update;
  take(plan, *disclosure, target.data);
  return plan;
}

Expected<void> push_contact(const ContactTarget& target, const DisclosureRules& rules, const std::string& account,
                            const Talk& talk, PushPlan& plan) {
  std::size_t written = 0;
  bool is_done = false;
  const auto only = [](Command command, std::string handle) {
    std::vector<Job> jobs;
    jobs.push_back({std::move(command), std::move(handle)});
    return jobs;
  };
  const auto look = [&] { return only(ContactInfo{target.data.id, {}}, {}); };
  const OnDone on_done = [&](std::size_t number, const Outcome& outcome) -> Expected<std::vector<Job>> {
    if (number == 0) {
      auto planned = plan_push(target, rules, account, outcome);
      if (!planned) return planned.error();
      plan = std::move(*planned);
      is_done = plan.commands.empty();
    } else if (number <= plan.commands.size()) {
      const auto answer = journaled_answer(outcome);
      if (!answer) return answer.error();
      if (!(*answer)->is_success()) return answered(**answer, "the contact was not written");
    } else {
      if (auto good = check_after(target, rules, outcome); !good) return good.error();
      is_done = true;
    }
    if (is_done) return std::vector<Job>{};
    // one after the other: what shows comes only once what hides was done
    if (written == plan.commands.size()) return look();
    return only(std::move(plan.commands[written++]), target.handle);
  };
  const auto talked = talk(look(), on_done);
  if (!talked) return talked.error();
  return is_done ? Expected<void>() : make_error(Errc::unavailable, "the session ended before the contact was looked at again");
}

}  // namespace regdata::epp
