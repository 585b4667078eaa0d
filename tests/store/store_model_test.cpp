// Random histories against a map: whatever is put, ended, chosen and erased, the store says the same as the model.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

/// What a store must know, kept the simplest way. All sources are of one class, so the last statement holds.
struct Model {
  struct Name {
    Registration registration;
    bool ended = false;
  };
  std::map<std::string, Name> names;
  std::map<std::string, Contact> contacts;
  std::map<std::string, std::map<Element, ChoiceAct>> choices;
  std::set<std::string> erased;

  [[nodiscard]] std::size_t sponsored() const {
    return static_cast<std::size_t>(std::ranges::count_if(names, [](const auto& item) { return !item.second.ended; }));
  }
  [[nodiscard]] std::set<std::string> hosts_in_use() const {
    std::set<std::string> hosts;
    for (const auto& [name, held] : names) {
      if (held.ended) continue;
      for (const DomainName& host : held.registration.hosts) hosts.insert(host.ascii());
    }
    return hosts;
  }
};

int pick(int below) { return *rc::gen::inRange(0, below); }

/// A small world, so that things meet: 6 names, 4 contacts, 4 hosts.
RegistrationPut random_put() {
  const auto contact = [] {
    Contact c = person("C-" + std::to_string(pick(4)), "mark" + std::to_string(pick(3)));
    c.phone = PersonalText("+49.3000000" + std::to_string(pick(3)));
    return c;
  };
  RegistrationPut put = registration("n" + std::to_string(pick(6)) + ".test", contact());
  Registration& r = put.registration;
  if (pick(2) == 0) {
    put.contacts.push_back(contact());
    r.technical = put.contacts.back().handle;
  }
  r.hosts.clear();
  for (int host = 0; host < 4; ++host) {
    if (pick(2) == 0) r.hosts.push_back(name_of("ns" + std::to_string(host) + (host == 0 ? ".n0.test" : ".provider.example")));
  }
  r.statuses = StatusSet::from_bits(static_cast<std::uint32_t>(pick(8)));
  r.privacy_service = pick(3) == 0 ? "shield" : "";
  return put;
}

class Machine {
 public:
  void put(StoreWorld& world) {
    const RegistrationPut stated = random_put();
    RegistrationPut dated = stated;
    dated.registration.provenance.as_of = world.now;
    expect(world.store().put({dated}, "import:test", world.now));
    for (const Contact& contact : stated.contacts) {
      if (model_.erased.contains(contact.handle)) continue;
      auto& held = model_.contacts[contact.handle];
      if (!held.handle.empty() && !same_holder(held, contact)) {
        for (auto& [element, act] : model_.choices[contact.handle]) {
          if (act == ChoiceAct::given) act = ChoiceAct::ended;
        }
      }
      held = contact;
    }
    model_.names.insert_or_assign(stated.registration.name.ascii(), Model::Name{stated.registration, false});
  }
  void end(StoreWorld& world) {
    const std::string name = "n" + std::to_string(pick(6)) + ".test";
    const auto result = world.store().end(name_of(name), {EndReason::deleted, world.now}, "test", world.now);
    const auto held = model_.names.find(name);
    RC_ASSERT(result.has_value() == (held != model_.names.end()));
    if (held != model_.names.end()) held->second.ended = true;
  }
  void choose(StoreWorld& world) {
    const std::string handle = "C-" + std::to_string(pick(4));
    const Element element = *rc::gen::element(Element::name, Element::email);
    const ChoiceAct act = *rc::gen::element(ChoiceAct::given, ChoiceAct::declined, ChoiceAct::withdrawn, ChoiceAct::not_given);
    const auto result = world.store().add_choices({choice(handle, element, act, world.now)}, "choice:test", world.now);
    const bool known = model_.contacts.contains(handle);
    RC_ASSERT(result.has_value() == known);
    if (known) model_.choices[handle][element] = act;
  }
  void erase(StoreWorld& world) {
    const std::string handle = "C-" + std::to_string(pick(4));
    const auto result = world.store().erase_contact(handle, "erase:test", world.now);
    RC_ASSERT(result.has_value() == model_.contacts.contains(handle));
    if (result) model_.erased.insert(handle);
  }

  void compare(StoreWorld& world) const {
    SqliteStore& store = world.store();
    RC_ASSERT(expect(store.count()) == model_.sponsored());
    std::vector<std::string> walked;
    expect(store.for_each({}, [&](const RegistrationData& data) {
      walked.push_back(data.registration.name.ascii());
      compare_name(data);
      return true;
    }));
    std::vector<std::string> expected;
    for (const auto& [name, held] : model_.names) {
      if (!held.ended) expected.push_back(name);
      const auto data = expect(store.find(name_of(name)));
      RC_ASSERT(data.has_value());
      RC_ASSERT(data->registration.ended.has_value() == held.ended);
      compare_name(*data);
    }
    RC_ASSERT(walked == expected);
    for (const auto& [handle, held] : model_.contacts) compare_names_of(store, handle);
    const auto in_use = model_.hosts_in_use();
    for (const std::string host : {"ns0.n0.test", "ns1.provider.example", "ns2.provider.example", "ns3.provider.example"}) {
      const bool found = expect(store.find_host(name_of(host))).has_value();
      if (in_use.contains(host)) RC_ASSERT(found);
      // A host below a name of ours may stay without use; all others go.
      if (!in_use.contains(host) && host != "ns0.n0.test") RC_ASSERT(!found);
    }
    RC_ASSERT(expect(store.verify_choices()) >= 0U);
  }

 private:
  void compare_name(const RegistrationData& data) const {
    const Registration& held = model_.names.at(data.registration.name.ascii()).registration;
    Registration found = data.registration;
    found.ended.reset();
    found.provenance = held.provenance;
    RC_ASSERT(found == held);
    for (const RoleContact& contact : data.contacts) {
      const std::string& handle = contact.contact.handle;
      RC_ASSERT(handle == handle_of(held, contact.role));
      RC_ASSERT(contact.state == (model_.erased.contains(handle) ? ContactState::erased : ContactState::opened));
      if (contact.state == ContactState::opened) RC_ASSERT(contact.contact == model_.contacts.at(handle));
      for (const Element element : {Element::name, Element::email}) {
        const auto acts = model_.choices.find(handle);
        const bool given =
            acts != model_.choices.end() && acts->second.contains(element) && acts->second.at(element) == ChoiceAct::given;
        RC_ASSERT(contact.choices.allows(element) == given);
      }
    }
  }
  void compare_names_of(SqliteStore& store, const std::string& handle) const {
    std::vector<DomainName> expected;
    for (const auto& [name, held] : model_.names) {
      if (held.registration.registrant == handle || held.registration.technical == handle) expected.push_back(name_of(name));
    }
    RC_ASSERT(expect(store.names_of_contact(handle, {}, 100)) == expected);
  }

  Model model_;
};

TEST(StoreModel, TheStoreSaysWhatAMapSays) {
  EXPECT_TRUE(rc::check("random histories", [] {
    StoreWorld world;
    Machine machine;
    const int steps = *rc::gen::inRange(1, long_run() ? 120 : 40);
    for (int step = 0; step < steps; ++step) {
      world.now += std::chrono::minutes{1};
      switch (pick(10)) {
        case 0:
          machine.end(world);
          break;
        case 1:
        case 2:
          machine.choose(world);
          break;
        case 3:
          pick(4) == 0 ? machine.erase(world) : world.reopen();
          break;
        default:
          machine.put(world);
      }
    }
    machine.compare(world);
    world.reopen();
    machine.compare(world);
  }));
}

/// The feed alone is enough to follow the store: applying it name by name gives the same set of names and contacts.
TEST(StoreModel, TheFeedTellsEveryChange) {
  EXPECT_TRUE(rc::check("following the feed", [] {
    StoreWorld world;
    Machine machine;
    std::uint64_t followed = 0;
    std::map<std::string, RegistrationData> copy;
    for (int step = 0; step < 25; ++step) {
      world.now += std::chrono::minutes{1};
      pick(4) == 0 ? machine.end(world) : pick(4) == 0 ? machine.choose(world) : machine.put(world);
      std::set<std::string> touched;
      for (const Change& change : expect(world.store().changes_after(followed, 1000))) {
        followed = change.sequence;
        if (change.kind == ChangeKind::registration_put || change.kind == ChangeKind::registration_ended)
          touched.insert(change.subject);
        if (change.kind == ChangeKind::contact_put || change.kind == ChangeKind::choice) {
          for (const DomainName& name : expect(world.store().names_of_contact(change.subject, {}, 100)))
            touched.insert(name.ascii());
        }
        if (change.kind == ChangeKind::host_put || change.kind == ChangeKind::host_removed) {
          if (const auto above = expect(world.store().sponsored_ancestor(name_of(change.subject))))
            touched.insert(above->ascii());
        }
      }
      for (const std::string& name : touched) {
        const auto data = expect(world.store().find(name_of(name)));
        if (data && !data->registration.ended) {
          copy.insert_or_assign(name, *data);
        } else {
          copy.erase(name);
        }
      }
    }
    std::size_t walked = 0;
    expect(world.store().for_each({}, [&](const RegistrationData& data) {
      const auto followed_data = copy.find(data.registration.name.ascii());
      RC_ASSERT(followed_data != copy.end());
      RC_ASSERT(followed_data->second.registration == data.registration);
      RC_ASSERT(followed_data->second.subordinate_hosts == data.subordinate_hosts);
      RC_ASSERT(followed_data->second.relay_token == data.relay_token);
      for (std::size_t i = 0; i < data.contacts.size(); ++i) {
        RC_ASSERT(followed_data->second.contacts.at(i).contact == data.contacts[i].contact);
        for (const Element element : {Element::name, Element::email}) {
          RC_ASSERT(followed_data->second.contacts[i].choices.allows(element) == data.contacts[i].choices.allows(element));
        }
      }
      ++walked;
      return true;
    }));
    RC_ASSERT(walked == copy.size());
  }));
}

}  // namespace
}  // namespace regdata::store
