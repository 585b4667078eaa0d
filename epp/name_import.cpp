#include "epp/name_import.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "epp/contact_push.hpp"

namespace regdata::epp {
namespace {

/// Beyond that the ids found before are forgotten, and looked for again.
constexpr std::size_t most_known = 100'000;

/// Handles that a contact with this id may have here, the best first: the one whose id there this is by our own rule
/// (id_at_registry()), then one that no contact of another registry has.
std::vector<std::string> handles_for(const std::string& id, const ImportRules& rules) {
  std::vector<std::string> handles;
  if (id.starts_with(rules.prefix)) {
    std::string handle = id.substr(rules.prefix.size());
    if (check_handle(handle) && id_at_registry(rules.prefix, handle) == id) handles.push_back(std::move(handle));
  }
  std::string plain = rules.registry + ".";
  for (const char one : id) {
    const bool fits = (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9') || one == '-';
    plain += fits ? one : '_';
  }
  if (!plain.ends_with(id) || !check_handle(plain)) {  // ids may have more characters than handles: a digest tells them apart
    std::array<unsigned char, crypto_generichash_BYTES_MIN> digest{};
    crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(id.data()), id.size(), nullptr, 0);
    plain = fmt::format("{}.{:02x}", rules.registry, fmt::join(digest, ""));
  }
  if (check_handle(plain)) handles.push_back(std::move(plain));
  return handles;
}

/// Not only of the same name: they are found by ids that two registries may have given to two persons.
bool is_same_person(const Contact& held, const Contact& told) { return same_holder(held, told) && held.email == told.email; }

/// The form that is closest to how it is written where the person lives.
const PostalInfo* best_postal(const ContactData& told) {
  const auto local = std::ranges::find(told.postal, "loc", &PostalInfo::type);
  if (local != told.postal.end()) return &*local;
  return told.postal.empty() ? nullptr : &told.postal.front();
}

/// A contact as the registry tells of it. What is none by the rules of its element is left out, and told by its name.
class ToldContact {
 public:
  ToldContact(const ContactData& told, std::string handle, const Provenance& from) {
    contact_.handle = std::move(handle);
    contact_.provenance = from;
    if (!told.roid.empty())
      if (const auto roid = check_roid(told.roid)) contact_.roid = *roid;
    if (const PostalInfo* const postal = best_postal(told)) take(*postal);
    take("voice", told.voice, check_phone, contact_.phone);
    if (!contact_.phone.empty()) take("voice's extension", told.voice_ext, check_phone_ext, contact_.phone_ext);
    take("fax", told.fax, check_phone, contact_.fax);
    if (!contact_.fax.empty()) take("fax's extension", told.fax_ext, check_phone_ext, contact_.fax_ext);
    take("email", told.email, check_email, contact_.email);
  }
  /// Somebody stands in it.
  [[nodiscard]] bool is_told() const { return !contact_.name.empty() || !contact_.organization.empty(); }
  [[nodiscard]] const Contact& contact() const noexcept { return contact_; }
  [[nodiscard]] const std::vector<std::string_view>& left_out() const noexcept { return left_out_; }

 private:
  using Check = Expected<std::string> (*)(std::string_view);
  void take(std::string_view element, const PersonalText& text, Check check, PersonalText& into) {
    if (text.empty()) return;
    auto checked = check(text.reveal());
    if (checked)
      into = PersonalText(std::move(*checked));
    else if (std::ranges::find(left_out_, element) == left_out_.end())
      left_out_.push_back(element);
  }
  void take(const PostalInfo& postal) {
    take("name", postal.name, check_postal_line, contact_.name);
    take("organization", postal.organization, check_postal_line, contact_.organization);
    for (const PersonalText& line : postal.street) {
      PersonalText checked;
      take("street", line, check_postal_line, checked);
      if (!checked.empty()) contact_.street.push_back(std::move(checked));
    }
    take("city", postal.city, check_postal_line, contact_.city);
    take("state", postal.state, check_postal_line, contact_.state);
    take("postal code", postal.postal_code, check_postal_code, contact_.postal_code);
    if (const auto country = check_country(postal.country))
      contact_.country = *country;
    else if (!postal.country.empty())
      left_out_.emplace_back("country");
  }

  Contact contact_;
  std::vector<std::string_view> left_out_;
};

void add_note(std::string& note, std::string_view more) {
  if (!note.empty()) note += "; ";
  note += more;
}

}  // namespace

std::string_view to_string(NameFate fate) noexcept {
  switch (fate) {
    case NameFate::taken:
      return "taken";
    case NameFate::held:
      return "held";
    case NameFate::not_there:
      return "not-there";
    case NameFate::anothers:
      return "anothers";
    case NameFate::not_told:
      return "not-told";
    case NameFate::without_holder:
      return "without-holder";
  }
  return "";
}

/// Where an id, or a handle that was given, leads.
struct NameImport::Found {
  std::string handle;              ///< empty: to nobody
  std::optional<Contact> contact;  ///< that is to be put with it
  std::string note;                ///< why to nobody, or what was left out
};

struct NameImport::Batch {
  std::vector<FateOfName> fates;
  std::map<std::string, std::size_t> names;                ///< to their first place in `fates`
  std::vector<std::pair<std::size_t, std::size_t>> again;  ///< places of names that were given before, and where
  std::vector<NameToTake> asked;                           ///< those that are not held
  std::vector<std::size_t> places;                         ///< of them, in `fates`
  std::vector<bool> is_good;                               ///< of them: it is ours, and to be taken
  SeenNames seen;                                          ///< of them
  std::map<std::string, Found> by_id;                      ///< contacts that their registrations name there
  std::map<std::string, std::string> handles;              ///< that those get or have here, and the id
  std::set<std::string> put_here;                          ///< handles: each new contact goes with one of its names
  std::vector<RegistrationPut> puts;
  std::vector<Look> looks;
};

NameImport::NameImport(ImportRules rules, RegistrationStore& store, SyncState& state, Talk talk, Clock clock)
    : rules_(std::move(rules)), store_(store), state_(state), talk_(std::move(talk)), clock_(std::move(clock)) {}

Expected<std::vector<FateOfName>> NameImport::take(const std::vector<NameToTake>& names, Writes writes) {
  if (rules_.registrar.empty())
    return make_error(Errc::configuration,
                      "registry " + rules_.registry + ": nobody knows which registrar has the account there",
                      "registrar in [[registry]]");
  Batch batch;
  if (auto chosen = choose(names, batch); !chosen) return chosen.error();
  if (batch.asked.empty()) return std::move(batch.fates);
  std::vector<DomainName> questions;
  for (const NameToTake& one : batch.asked) questions.push_back(one.name);
  auto seen = look_at_names(questions, rules_.account, talk_);
  if (!seen) return seen.error();
  batch.seen = std::move(*seen);
  judge(batch);
  if (auto found = find_contacts(batch); !found) return found.error();
  if (auto filled = fill(batch); !filled) return filled.error();
  if (writes == Writes::yes)
    if (auto written = write(batch); !written) return written.error();
  for (const auto& [place, first] : batch.again) batch.fates[place] = batch.fates[first];
  return std::move(batch.fates);
}

Expected<void> NameImport::choose(const std::vector<NameToTake>& names, Batch& batch) {
  for (const NameToTake& one : names) {
    FateOfName& fate = batch.fates.emplace_back();
    fate.name = one.name.ascii();
    if (!rules_.belongs(one.name)) {
      fate.note = "no [[tld]] of this registry has it";
      continue;
    }
    const auto held = store_.find(one.name);
    if (!held) return held.error();
    if (*held && !(*held)->registration.ended) {
      fate.fate = NameFate::held;
      continue;
    }
    const std::size_t place = batch.fates.size() - 1;
    if (const auto [first, is_new] = batch.names.emplace(fate.name, place); !is_new) {
      batch.again.emplace_back(place, first->second);
      continue;
    }
    batch.asked.push_back(one);
    batch.places.push_back(place);
  }
  return {};
}

void NameImport::judge(Batch& batch) const {
  for (std::size_t number = 0; number < batch.asked.size(); ++number) {
    const SeenName& seen = batch.seen.names[number];
    FateOfName& fate = batch.fates[batch.places[number]];
    fate.note = seen.observation.why;
    bool is_good = false;
    switch (seen.observation.sight) {
      case Sight::others:
        fate.fate = NameFate::anothers;
        break;
      case Sight::missing:
        fate.fate = NameFate::not_there;
        break;
      case Sight::untold:
        break;
      case Sight::ours:
        fate.note = doubt_about(*seen.observation.data, clock_());
        if (fate.note.empty() && !seen.glue_is_told) fate.note = "the registry did not tell the addresses of its hosts";
        is_good = fate.note.empty();
        break;
    }
    batch.is_good.push_back(is_good);
  }
}

Expected<void> NameImport::find_contacts(Batch& batch) {
  if (known_.size() > most_known) known_.clear();
  std::set<std::string> ids;
  for (std::size_t number = 0; number < batch.asked.size(); ++number) {
    if (!batch.is_good[number]) continue;
    const DomainData& data = *batch.seen.names[number].observation.data;
    if (!data.registrant.empty() && batch.asked[number].registrant.empty()) ids.insert(data.registrant);
    for (const DomainContact& one : data.contacts) ids.insert(one.id);
  }
  std::vector<std::string> asked;
  std::vector<Job> jobs;
  for (const std::string& id : ids) {
    if (const auto known = known_.find(id); known != known_.end()) {
      batch.by_id[id].handle = known->second;
      continue;
    }
    if (id.size() < shortest_contact_id || id.size() > longest_contact_id) {
      batch.by_id[id].note = "the registry names a contact by an id that is none";
      continue;
    }
    asked.push_back(id);
    jobs.push_back({ContactInfo{id, {}}});
  }
  if (jobs.empty()) return {};
  std::vector<std::optional<ContactData>> told(asked.size());
  const auto greeting = talk_(std::move(jobs), [&](std::size_t number, Outcome outcome) -> Expected<std::vector<Job>> {
    const bool cannot_be_said = outcome.kind == Outcome::Kind::not_sent && outcome.why.code == Errc::invalid;
    if (outcome.kind != Outcome::Kind::answered && !cannot_be_said) return outcome.why;
    if (outcome.response && outcome.response->is_success())
      if (auto data = read_contact(*outcome.response); data && data->id == asked[number]) told[number] = std::move(*data);
    return std::vector<Job>();
  });
  if (!greeting) return greeting.error();
  for (std::size_t number = 0; number < asked.size(); ++number) {
    auto found = find_by_id(asked[number], told[number] ? &*told[number] : nullptr, batch);
    if (!found) return found.error();
    batch.by_id[asked[number]] = std::move(*found);
  }
  return {};
}

Expected<NameImport::Found> NameImport::find_by_id(const std::string& id, const ContactData* told, Batch& batch) {
  Found found;
  const auto handles = handles_for(id, rules_);
  const bool is_told = told != nullptr && ToldContact(*told, {}, {}).is_told();
  if (!is_told && (rules_.prefix.empty() || handles.empty() || !id.starts_with(rules_.prefix))) {
    found.note = "the registry does not tell who contact " + id + " is";
    return found;
  }
  for (const std::string& handle : handles) {
    const auto claimed = batch.handles.find(handle);
    if (claimed != batch.handles.end() && claimed->second != id) continue;
    const auto held = store_.find_contact(handle);
    if (!held) return held.error();
    if (*held && (*held)->state != ContactState::opened) {
      found.note =
          "contact " + handle + ((*held)->state == ContactState::erased ? " was erased here" : " cannot be opened here");
      return found;
    }
    if (!is_told) {  // its id is one that only we give
      if (*held)
        found.handle = handle;
      else
        found.note = "the registry does not tell who contact " + id + " is";
      return found;
    }
    const ToldContact there(*told, handle, {SourceClass::registry, "epp:" + rules_.registry, clock_()});
    if (*held && !is_same_person((*held)->contact, there.contact())) continue;
    found.handle = handle;
    batch.handles[handle] = id;
    if (*held) return found;
    found.contact = there.contact();
    if (!there.left_out().empty())
      found.note = fmt::format("contact {} without what is none by the rules: {}", id, fmt::join(there.left_out(), ", "));
    return found;
  }
  found.note = "contact " + id + " is another person here than at the registry";
  return found;
}

Expected<void> NameImport::find_given(const std::string& handle, Found& found) {
  const auto held = store_.find_contact(handle);
  if (!held) return held.error();
  if (*held && (*held)->state == ContactState::opened)
    found.handle = handle;
  else
    found.note = "contact " + handle + (*held ? " was erased, or cannot be opened" : " is not held");
  return {};
}

Expected<void> NameImport::fill(Batch& batch) {
  const Provenance from{SourceClass::registry, "epp:" + rules_.registry, clock_()};
  for (std::size_t number = 0; number < batch.asked.size(); ++number) {
    if (!batch.is_good[number]) continue;
    const NameToTake& asked = batch.asked[number];
    const SeenName& seen = batch.seen.names[number];
    const DomainData& data = *seen.observation.data;
    FateOfName& fate = batch.fates[batch.places[number]];
    Registration registration{asked.name};
    registration.registrar = rules_.registrar;
    std::vector<Contact> contacts;
    std::optional<Error> failed;
    const auto handle_from = [&](const std::string& id, const std::string& given) {
      Found found;
      if (!given.empty()) {
        if (auto done = find_given(given, found); !done) failed = done.error();
      } else if (const auto at = batch.by_id.find(id); at != batch.by_id.end()) {
        found = at->second;
      }
      if (!found.note.empty()) add_note(fate.note, found.note);
      if (found.contact && batch.put_here.insert(found.handle).second) contacts.push_back(*found.contact);
      return found.handle;
    };
    registration.registrant = handle_from(data.registrant, asked.registrant);
    if (failed) return *failed;
    if (registration.registrant.empty()) {
      fate.fate = NameFate::without_holder;
      if (fate.note.empty()) fate.note = "the registry names no registrant";
      for (const Contact& one : contacts) batch.put_here.erase(one.handle);
      continue;
    }
    registration.technical = asked.technical.empty() ? std::string() : handle_from({}, asked.technical);
    for (const DomainContact& one : data.contacts) {
      std::string* const place = one.type == "admin"                             ? &registration.administrative
                                 : one.type == "billing"                         ? &registration.billing
                                 : one.type == "tech" && asked.technical.empty() ? &registration.technical
                                                                                 : nullptr;
      if (place != nullptr && place->empty()) *place = handle_from(one.id, {});
    }
    if (failed) return *failed;
    RegistrationPut put = facts_of(registration, data, seen.glue, batch.seen.knows_ds, from);
    put.contacts = std::move(contacts);
    batch.puts.push_back(std::move(put));
    batch.looks.push_back({fate.name, Sight::ours, {}});
    fate.fate = NameFate::taken;
  }
  return {};
}

Expected<void> NameImport::write(Batch& batch) {
  if (batch.puts.empty()) return {};
  const std::string reason = "epp:" + rules_.registry;
  const auto put = store_.put(batch.puts, reason, clock_());
  if (!put) return put.error();
  for (const auto& [id, found] : batch.by_id)
    if (!found.handle.empty() && (!found.contact || batch.put_here.contains(found.handle))) known_[id] = found.handle;
  const auto noted = state_.apply(rules_.registry, {}, batch.looks, {}, reason, clock_());
  return noted ? Expected<void>() : Expected<void>(noted.error());
}

}  // namespace regdata::epp
