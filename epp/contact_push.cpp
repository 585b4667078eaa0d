#include "epp/contact_push.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

namespace regdata::epp {
namespace {

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

bool is_same_address(const PostalInfo& one, const PostalInfo& other) {
  return one.street == other.street && one.city == other.city && one.state == other.state &&
         one.postal_code == other.postal_code && one.country == other.country;
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
    compare("address", other != nullptr && is_same_address(one, *other));
  }
  compare("voice", wanted.voice == held.voice && wanted.voice_ext == held.voice_ext);
  compare("fax", wanted.fax == held.fax && wanted.fax_ext == held.fax_ext);
  compare("email", wanted.email == held.email);
  return names;
}

/// Neither a name nor the e-mail address is the same: whoever that is, it is not who is held here.
bool is_another_person(const ContactData& sent, const ContactData& held) {
  const auto shares_name = [&](const PostalInfo& one) {
    return std::ranges::any_of(held.postal, [&](const PostalInfo& other) {
      return (!one.name.empty() && one.name == other.name) ||
             (!one.organization.empty() && one.organization == other.organization);
    });
  };
  const bool shares_email = !sent.email.empty() && sent.email == held.email;
  return !shares_email && !std::ranges::any_of(sent.postal, shares_name);
}

/// What may be shown of what is held there. A form of names and addresses that is not the one that is sent, and says something
/// else, is what somebody wrote before: no choice is about it.
Elements chosen_of(const ContactTarget& target, const ContactData& held) {
  Elements chosen = target.chosen;
  if (target.only_disclosure || target.data.postal.empty()) return chosen;
  const PostalInfo& sent = target.data.postal.front();
  for (const PostalInfo& other : held.postal) {
    if (other.type == sent.type) continue;
    if (is_same_address(sent, other) && sent.name == other.name && sent.organization == other.organization) continue;
    const bool is_local = other.type == "loc";
    for (const Disclosable one :
         {is_local ? Disclosable::name_loc : Disclosable::name_int, is_local ? Disclosable::org_loc : Disclosable::org_int,
          is_local ? Disclosable::addr_loc : Disclosable::addr_int})
      chosen[static_cast<std::size_t>(one)] = false;
  }
  return chosen;
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

Expected<void> check_after(const ContactTarget& target, const Outcome& looked, const Elements& against) {
  if (looked.kind != Outcome::Kind::answered) return looked.why;
  if (!looked.response->is_success()) return answered(*looked.response, "it was written, and cannot be looked at");
  const auto data = read_contact(*looked.response);
  if (!data) return data.error();
  if (data->id != target.data.id) return make_error(Errc::refused, "the registry answers about another contact");
  if (against.any())
    return make_error(Errc::refused, "the registry shows what the person did not choose: " + names_of(against),
                      "it does not do what its settings here say: see disclose_… of the registry, and ask it; until then no "
                      "contact of a person belongs there");
  const auto other = target.only_disclosure ? std::vector<std::string>() : differences(target.data, *data);
  if (!other.empty())
    return make_error(Errc::damaged,
                      fmt::format("the registry holds other values than it was sent: {}", fmt::join(other, ", ")),
                      "it may write them in another form: compare with `regdata epp info --contact`");
  return {};
}

/// One contact on its way: a look, what is said, one after the other, and a look again.
class Pusher {
 public:
  Pusher(const ContactTarget& target, const DisclosureRules& rules, const std::string& account, IfMissing if_missing)
      : target_(target), rules_(rules), account_(account), if_missing_(if_missing) {}

  [[nodiscard]] Job look() const { return {ContactInfo{target_.data.id, {}}, {}}; }

  /// Of what was said last. What is to be said next; empty: it has come to its end.
  std::optional<Job> take(const Outcome& outcome) {
    auto done = follow(outcome);
    if (done && *done) return std::move(*done);
    if (!done) result_.failed = done.error();
    has_ended_ = true;
    return std::nullopt;
  }

  Pushed result(const std::optional<Error>& of_session) && {
    if (!has_ended_ && !result_.failed)
      result_.failed =
          of_session.value_or(make_error(Errc::unavailable, "the session ended before the contact was looked at again"));
    return std::move(result_);
  }

 private:
  Expected<std::optional<Job>> follow(const Outcome& outcome) {
    if (!has_looked_) {
      has_looked_ = true;
      result_.was_asked = outcome.kind != Outcome::Kind::not_sent;
      result_.against_before = result_.against = shown_against(target_, rules_, account_, outcome);
      auto plan = plan_push(target_, rules_, account_, outcome);
      if (!plan) return plan.error();
      result_.plan = std::move(*plan);
      result_.is_there = result_.plan.kind != PushPlan::Kind::create;
      const bool is_left = !result_.is_there && if_missing_ == IfMissing::leave;
      if (is_left || result_.plan.commands.empty()) return std::optional<Job>();
      return say_next();
    }
    if (is_last_look_) {
      result_.against = shown_against(target_, rules_, account_, outcome);
      if (result_.plan.falls_short) return *result_.plan.falls_short;
      if (auto good = check_after(target_, outcome, result_.against); !good) return good.error();
      return std::optional<Job>();
    }
    const auto answer = journaled_answer(outcome);
    if (!answer) return answer.error();
    if (!(*answer)->is_success()) return answered(**answer, "the contact was not written");
    return say_next();
  }

  /// What shows comes only once what hides was done.
  std::optional<Job> say_next() {
    is_last_look_ = written_ == result_.plan.commands.size();
    // what holds nobody's data is sealed under the journal's own key: that of an erased contact is gone
    if (is_last_look_) return look();
    return Job{std::move(result_.plan.commands[written_++]), target_.only_disclosure ? std::string() : target_.handle};
  }

  const ContactTarget& target_;
  const DisclosureRules& rules_;
  const std::string& account_;
  IfMissing if_missing_;
  Pushed result_;
  std::size_t written_ = 0;
  bool has_looked_ = false;
  bool is_last_look_ = false;
  bool has_ended_ = false;
};

}  // namespace

std::string id_at_registry(std::string_view prefix, std::string_view handle) {
  std::string id = std::string(prefix) + std::string(handle);
  if (id.size() >= shortest_contact_id && id.size() <= longest_contact_id) return id;
  constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // none that is taken for another
  std::array<unsigned char, longest_contact_id> digest{};
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(handle.data()), handle.size(),
                     nullptr, 0);
  id = prefix;
  for (std::size_t at = 0; id.size() < longest_contact_id; ++at) id += alphabet[digest.at(at) % alphabet.size()];
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

std::string note_of(const PushPlan& plan) {
  return plan.not_shown.none() ? std::string()
                               : "chosen, and the registry has no words to show it: " + names_of(plan.not_shown);
}

ContactTarget hidden_target(const std::string& handle, const std::string& id) {
  ContactTarget target{.handle = handle, .data = {}, .chosen = {}, .only_disclosure = true};
  target.data.id = id;
  return target;
}

Elements shown_against(const ContactTarget& target, const DisclosureRules& rules, const std::string& account,
                       const Outcome& looked) {
  if (looked.kind != Outcome::Kind::answered || !looked.response->is_success()) return {};
  const auto held = read_contact(*looked.response);
  if (!held || held->id != target.data.id || held->sponsor != account) return {};
  return shown_by(rules, *held) & ~chosen_of(target, *held);
}

Expected<PushPlan> plan_push(const ContactTarget& target, const DisclosureRules& rules, const std::string& account,
                             const Outcome& looked) {
  if (looked.kind != Outcome::Kind::answered) return looked.why;
  const Response& answer = *looked.response;
  PushPlan plan;
  if (answer.code() == 2303) {
    plan.kind = PushPlan::Kind::create;
    if (target.only_disclosure) return plan;
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
  if (held->id != target.data.id)
    return make_error(Errc::refused, "the registry answers about another contact than " + target.data.id,
                      "nothing is written to it; does it make no difference between upper and lower case?");
  if (held->sponsor.empty())
    return make_error(Errc::refused, "the registry does not tell whose contact " + target.data.id + " is",
                      "nothing is written to it");
  if (held->sponsor != account) return others();
  if (target.was_only_found && is_another_person(target.data, *held))
    return make_error(Errc::conflict,
                      "contact " + target.data.id + " is another person there than " + target.handle + " is here",
                      "`regdata epp push` brings ours there all the same; contact_prefix keeps ids apart");
  const Elements chosen = chosen_of(target, *held);
  plan.shown_before = shown_by(rules, *held);
  const Elements against = plan.shown_before & ~chosen;
  if (!target.only_disclosure) plan.why = differences(target.data, *held);
  if (against.any()) plan.why.push_back("shown against the choice: " + names_of(against));
  const auto disclosure = plan_update(rules, chosen, plan.shown_before);
  if (!disclosure) {
    const auto less = plan_reduction(rules, chosen, plan.shown_before);
    if (!less) return disclosure.error();
    plan.kind = PushPlan::Kind::update;
    plan.falls_short = disclosure.error();
    ContactData nothing_else;
    nothing_else.id = target.data.id;
    take(plan, *less, nothing_else);
    return plan;
  }
  const Elements more = chosen & ~disclosure->not_shown & ~plan.shown_before;
  if (more.any()) plan.why.push_back("chosen and not shown: " + names_of(more));
  if (plan.why.empty()) {
    plan.shown = plan.shown_before;
    plan.not_shown = chosen & ~plan.shown_before;
    return plan;
  }
  plan.kind = PushPlan::Kind::update;
  take(plan, *disclosure, target.data);
  return plan;
}

std::vector<Pushed> push_contacts(const std::vector<ContactTarget>& targets, const DisclosureRules& rules,
                                  const std::string& account, IfMissing if_missing, const Talk& talk) {
  std::vector<Pusher> pushers;
  std::vector<std::size_t> of_job;  // whose each is
  std::vector<Job> jobs;
  pushers.reserve(targets.size());
  jobs.reserve(targets.size());
  of_job.reserve(targets.size());
  for (const ContactTarget& target : targets) {
    jobs.push_back(pushers.emplace_back(target, rules, account, if_missing).look());
    of_job.push_back(of_job.size());
  }
  std::optional<Error> failed;
  if (!jobs.empty()) {
    const auto talked = talk(std::move(jobs), [&](std::size_t number, const Outcome& outcome) -> Expected<std::vector<Job>> {
      const std::size_t whose = of_job.at(number);
      std::vector<Job> next;
      if (auto job = pushers.at(whose).take(outcome)) {
        next.push_back(std::move(*job));
        of_job.push_back(whose);
      }
      return next;
    });
    if (!talked) failed = talked.error();
  }
  std::vector<Pushed> results;
  results.reserve(pushers.size());
  for (Pusher& one : pushers) results.push_back(std::move(one).result(failed));
  return results;
}

Expected<void> push_contact(const ContactTarget& target, const DisclosureRules& rules, const std::string& account,
                            const Talk& talk, PushPlan& plan) {
  Pushed pushed = std::move(push_contacts({target}, rules, account, IfMissing::create, talk).front());
  plan = std::move(pushed.plan);
  return pushed.failed ? Expected<void>(*pushed.failed) : Expected<void>();
}

}  // namespace regdata::epp
