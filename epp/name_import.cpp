#include "epp/name_import.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "epp/ask_all.hpp"
#include "epp/told_contact.hpp"

namespace regdata::epp {
namespace {

void add_note(std::string& note, std::string_view more) {
  if (more.empty() || note.find(more) != std::string::npos) return;
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
    case NameFate::not_answered:
      return "not-answered";
    case NameFate::without_holder:
      return "without-holder";
  }
  return "";
}

/// What a registry says of a contact.
struct NameImport::Told {
  std::optional<ContactData> data;
  bool may_come_later = true;  ///< it was not answered, or with a trouble of the registry's own
};

/// Where an id, or a handle that was given, leads.
struct NameImport::Found {
  std::string handle{};              ///< empty: to nobody
  std::optional<Contact> contact{};  ///< that is to be put with it
  std::string note{};                ///< why to nobody, or what was left out
  bool may_come_later = false;       ///< the registry did not tell, and may do
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

NameImport::NameImport(ImportRules rules, RegistrationStore& store, SyncState& state, ContactRecord* record, Talk talk,
                       Clock clock)
    : rules_(std::move(rules)),
      store_(store),
      state_(state),
      record_(record),
      talk_(std::move(talk)),
      clock_(std::move(clock)) {}

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
  for (const auto& [place, first] : batch.again) {
    FateOfName& fate = batch.fates[place];
    const FateOfName& of_first = batch.fates[first];
    const bool is_here = of_first.fate == NameFate::taken || of_first.fate == NameFate::held;
    fate.fate = is_here ? NameFate::held : of_first.fate;
    add_note(fate.note, is_here ? "" : of_first.note);
  }
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
    const bool says_who = !one.registrant.empty() || !one.technical.empty();
    if (*held && !(*held)->registration.ended) {
      const Registration& is = (*held)->registration;
      const bool is_so = (one.registrant.empty() || one.registrant == is.registrant) &&
                         (one.technical.empty() || one.technical == is.technical);
      fate.fate = NameFate::held;
      if (says_who && !is_so) fate.note = "its contacts here are others than the list says; they stay as they are";
      continue;
    }
    const std::size_t place = batch.fates.size() - 1;
    if (const auto [first, is_new] = batch.names.emplace(fate.name, place); !is_new) {
      batch.again.emplace_back(place, first->second);
      if (says_who) fate.note = "it was given before; the first line holds";
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
        if (!seen.observation.was_answered || seen.observation.is_passing) fate.fate = NameFate::not_answered;
        break;
      case Sight::ours:
      case Sight::other_holder:  // no answer says that
        fate.note = doubt_about(*seen.observation.data, clock_());
        is_good = fate.note.empty() && seen.glue_is_told;
        if (fate.note.empty() && !seen.glue_is_told) {
          fate.fate = NameFate::not_answered;
          fate.note = "the registry did not tell the addresses of its hosts";
        }
        break;
    }
    batch.is_good.push_back(is_good);
  }
}

Expected<void> NameImport::find_contacts(Batch& batch) {
  std::set<std::string> ids;
  for (std::size_t number = 0; number < batch.asked.size(); ++number) {
    if (!batch.is_good[number]) continue;
    const NameToTake& asked = batch.asked[number];
    const DomainData& data = *batch.seen.names[number].observation.data;
    if (!data.registrant.empty() && asked.registrant.empty()) ids.insert(data.registrant);
    for (const DomainContact& one : data.contacts)
      if (one.type != "tech" || asked.technical.empty()) ids.insert(one.id);
  }
  std::vector<std::string> asked;
  for (const std::string& id : ids) {
    if (is_contact_id(id))
      asked.push_back(id);
    else
      batch.by_id[id].note = "the registry names a contact by an id that is none";
  }
  if (asked.empty()) return {};
  std::vector<Told> told(asked.size());
  const auto greeting = ask_all(
      asked.size(),
      [&](std::size_t number) -> Command {
        return ContactInfo{asked[number], {}};
      },
      talk_,
      [&](std::size_t number, const Outcome& outcome) {
        const bool was_answered = outcome.kind == Outcome::Kind::answered && outcome.response.has_value();
        told[number].may_come_later = !was_answered || outcome.response->code() >= first_of_failures;
        if (!was_answered || !outcome.response->is_success()) return;
        if (auto data = read_contact(*outcome.response); data && data->id == asked[number])
          told[number].data = std::move(*data);
      });
  if (!greeting) return greeting.error();
  for (std::size_t number = 0; number < asked.size(); ++number) {
    auto found = find_by_id(asked[number], told[number], batch);
    if (!found) return found.error();
    batch.by_id[asked[number]] = std::move(*found);
  }
  return {};
}

Expected<NameImport::Found> NameImport::find_by_id(const std::string& id, const Told& told, Batch& batch) {
  if (!told.data || !ToldContact(*told.data, {}, {}).is_told())
    return Found{.note = "the registry does not tell who contact " + id + " is", .may_come_later = told.may_come_later};
  if (record_ != nullptr) {
    const auto recorded = record_->handle_of(rules_.registry, id);
    if (!recorded) return recorded.error();
    if (!recorded->empty()) return find_recorded(*recorded, id, told);
  }
  auto handles = handles_for(id, rules_.registry, rules_.prefix);
  const std::size_t to_be_given = handles.size();
  if (check_handle(id)) handles.push_back(id);  // it may have come before there was a prefix
  std::vector<bool> is_held;
  for (const std::string& handle : handles) {
    const auto held = store_.find_contact(handle);
    if (!held) return held.error();
    is_held.push_back(held->has_value());
    if (!*held) continue;
    if ((*held)->state == ContactState::erased) return Found{.note = "contact " + handle + " was erased here"};
    if ((*held)->state != ContactState::opened) return Found{.note = "contact " + handle + " cannot be opened here"};
    if (ToldContact(*told.data, handle, {}).is((*held)->contact)) {
      batch.handles.emplace(handle, id);
      return Found{.handle = handle};
    }
  }
  for (std::size_t place = 0; place < to_be_given; ++place) {
    const std::string& handle = handles[place];
    if (is_held[place] || !batch.handles.emplace(handle, id).second) continue;
    const ToldContact there(*told.data, handle, {SourceClass::registry, "epp:" + rules_.registry, clock_()});
    Found found{.handle = handle, .contact = there.contact()};
    if (!there.left_out().empty())
      found.note = fmt::format("contact {} without what is none by the rules: {}", id, fmt::join(there.left_out(), ", "));
    return found;
  }
  return Found{.note = "contact " + id + " is another person here than at the registry"};
}

Expected<NameImport::Found> NameImport::find_recorded(const std::string& handle, const std::string& id, const Told& told) {
  const auto held = store_.find_contact(handle);
  if (!held) return held.error();
  if (!*held || (*held)->state != ContactState::opened)
    return Found{.note = fmt::format("contact {} ({}) was erased here, or cannot be opened", handle, id)};
  if (!ToldContact(*told.data, handle, {}).is((*held)->contact))
    return Found{.note = fmt::format("contact {} ({}) is not the same here and at the registry", handle, id)};
  return Found{.handle = handle};
}

Expected<NameImport::Found> NameImport::find_given(const std::string& handle) {
  const auto held = store_.find_contact(handle);
  if (!held) return held.error();
  if (*held && (*held)->state == ContactState::opened) return Found{.handle = handle};
  return Found{.note = *held ? "the contact behind it was erased, or cannot be opened" : "the contact behind it is not held"};
}

Expected<void> NameImport::fill(Batch& batch) {
  const Provenance from{SourceClass::registry, "epp:" + rules_.registry, clock_()};
  for (std::size_t number = 0; number < batch.asked.size(); ++number)
    if (batch.is_good[number])
      if (auto filled = fill_one(number, batch, from); !filled) return filled;
  return {};
}

Expected<void> NameImport::fill_one(std::size_t number, Batch& batch, const Provenance& from) {
  const NameToTake& asked = batch.asked[number];
  const SeenName& seen = batch.seen.names[number];
  const DomainData& data = *seen.observation.data;
  FateOfName& fate = batch.fates[batch.places[number]];
  Registration registration{asked.name};
  registration.registrar = rules_.registrar;
  std::vector<Found> all;
  bool may_come_later = false;
  const auto take = [&](Found found) {
    add_note(fate.note, found.note);
    may_come_later |= found.may_come_later;
    return all.emplace_back(std::move(found)).handle;
  };
  const auto take_by_id = [&](const std::string& id) {
    const auto at = batch.by_id.find(id);
    return at == batch.by_id.end() ? std::string() : take(at->second);
  };
  const auto take_given = [&](const std::string& handle) -> Expected<std::string> {
    auto found = find_given(handle);
    if (!found) return found.error();
    return take(std::move(*found));
  };
  auto registrant =
      asked.registrant.empty() ? Expected<std::string>(take_by_id(data.registrant)) : take_given(asked.registrant);
  if (!registrant) return registrant.error();
  registration.registrant = std::move(*registrant);
  if (!asked.technical.empty()) {
    auto technical = take_given(asked.technical);
    if (!technical) return technical.error();
    registration.technical = std::move(*technical);
  }
  for (const DomainContact& one : data.contacts) {
    std::string* place = nullptr;
    if (one.type == "admin") place = &registration.administrative;
    if (one.type == "billing") place = &registration.billing;
    if (one.type == "tech" && asked.technical.empty()) place = &registration.technical;
    if (place != nullptr && place->empty()) *place = take_by_id(one.id);
  }
  if (may_come_later) {  // who else is named may come later: the name waits for them
    fate.fate = NameFate::not_answered;
    return {};
  }
  if (registration.registrant.empty()) {
    fate.fate = NameFate::without_holder;
    add_note(fate.note, fate.note.empty() ? "the registry names no registrant" : "");
    return {};
  }
  RegistrationPut put = facts_of(registration, data, seen.glue, batch.seen.knows_ds, from);
  put.is_anew = true;
  for (Found& one : all)
    if (one.contact && batch.put_here.insert(one.handle).second) {
      put.superseded.contacts.push_back(one.handle);  // whoever put one with that handle meanwhile: it is not written over
      put.contacts.push_back(std::move(*one.contact));
    }
  if (put.registration.hosts.size() < data.servers.servers.size()) add_note(fate.note, "not all of its hosts are taken");
  batch.puts.push_back(std::move(put));
  batch.looks.push_back({fate.name, Sight::ours, {}});
  fate.fate = NameFate::taken;
  return {};
}

Expected<void> NameImport::write(Batch& batch) {
  if (batch.puts.empty()) return {};
  const std::string reason = "epp:" + rules_.registry;
  const auto put = store_.put(batch.puts, reason, clock_());
  if (!put) return put.error();
  if (record_ != nullptr) {
    std::vector<RecordedContact> there;
    for (const auto& [handle, id] : batch.handles) {
      const auto held = store_.find_contact(handle);
      if (!held) return held.error();
      if (!*held) continue;  // its name was not taken
      RecordedContact& one = there.emplace_back();
      one.handle = handle;
      one.id = id;
    }
    if (auto added = record_->add(rules_.registry, there); !added) return added;
  }
  const auto noted = state_.apply(rules_.registry, {}, batch.looks, {}, reason, clock_());
  return noted ? Expected<void>() : Expected<void>(noted.error());
}

}  // namespace regdata::epp
