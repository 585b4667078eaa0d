#include "escrow/comparison.hpp"

#include <algorithm>
#include <optional>

#include "escrow/rde_objects.hpp"
#include "escrow/row_reader.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t changes_at_once = 10'000;
constexpr std::size_t differences_told = 20;
constexpr std::uint64_t names_between_tellings = 1000;

class Comparing {
 public:
  Comparing(RegistrationStore& restored, const Agent& agent, const Catalog& catalog, const ComparedColumns& columns,
            const ChangedSince& changed)
      : restored_(restored), agent_(agent), catalog_(catalog), columns_(columns), changed_(changed) {}

  /// A name of the live store.
  Expected<void> live(const RegistrationData& data);
  /// A name of the restored store, once all live ones were seen.
  Expected<void> other(RegistrationStore& live, const RegistrationData& data);
  [[nodiscard]] std::uint64_t met() const noexcept { return met_; }
  StoreComparison found;

 private:
  void differs(const DomainName& name, std::string what) {
    ++found.differences;
    if (found.first.size() < differences_told) found.first.push_back({name.ascii(), std::move(what)});
  }
  RegistrationStore& restored_;
  const Agent& agent_;
  const Catalog& catalog_;
  [[nodiscard]] std::string differing(const RegistrationData& live, const RegistrationData& restored) const;
  [[nodiscard]] std::string differing_objects(const RegistrationData& live, const RegistrationData& restored) const;

  ComparedColumns columns_;
  const ChangedSince& changed_;
  std::uint64_t met_ = 0;  ///< live names that are in the restored store too
};

/// Names of objects.
std::string Comparing::differing_objects(const RegistrationData& live, const RegistrationData& restored) const {
  const RdeNaming naming{.roid_suffix = agent_.plan.roid_suffix, .iana_id = agent_.registrar.iana_id};
  RdeObjects one(naming);
  RdeObjects other(naming);
  one.domain(live);
  other.domain(restored);
  const auto hosts_of = [&](const RegistrationData& data) {
    std::string lines;
    for (const Host& host : data.subordinate_hosts) {
      other.host(host, true);
      lines += other.line();
    }
    return lines;
  };
  std::string objects;
  const auto add = [&](const std::string& name) { objects += (objects.empty() ? "" : ", ") + name; };
  if (one.line() != other.line()) add("domain");
  if (hosts_of(live) != hosts_of(restored)) add("hosts");
  for (const RoleContact& contact : live.contacts) {
    const auto again = std::ranges::find(restored.contacts, contact.role, &RoleContact::role);
    if (again == restored.contacts.end()) continue;  // the domain differs
    one.contact(contact.contact);
    other.contact(again->contact);
    if (one.line() != other.line()) add(std::string(to_string(contact.role)) + " contact");
  }
  return objects;
}

/// Names of columns.
std::string Comparing::differing(const RegistrationData& live, const RegistrationData& restored) const {
  if (columns_.by_objects) return differing_objects(live, restored);
  std::string columns;
  RowRules rules = rules_of_comparison;
  rules.street_separator = agent_.plan.rules.street_separator;  // lines of a street may have come back in one
  const auto add = [&](const std::string& name) { columns += (columns.empty() ? "" : ", ") + name; };
  for (const Column& column : columns_.registration)
    if (column_text(column, live, agent_.registrar, agent_.plan.rules) !=
        column_text(column, restored, agent_.registrar, rules))
      add(std::string(column.name));
  if (columns_.contact.empty()) return columns;
  for (const RoleContact& one : live.contacts) {
    const auto other = std::ranges::find(restored.contacts, one.role, &RoleContact::role);
    if (other == restored.contacts.end()) continue;  // its handle differs, or is not in the deposit
    for (const Column& column : columns_.contact)
      if (contact_column_text(column, one.contact, agent_.plan.rules) != contact_column_text(column, other->contact, rules))
        add(std::string(to_string(one.role)) + " " + std::string(column.name));
  }
  return columns;
}

Expected<void> Comparing::live(const RegistrationData& data) {
  const DomainName& name = data.registration.name;
  if (data.registration.registrar != agent_.registrar.id || !left_out_by(agent_, catalog_, name).empty()) return {};
  const auto restored = restored_.find(name);
  if (!restored) return restored.error();
  if (!*restored) {
    if (changed_.has(data.registration))
      ++found.changed;
    else
      differs(name, "not in the deposit");
    return {};
  }
  ++met_;
  std::string columns = differing(data, **restored);
  if (columns.empty()) {
    ++found.equal;
  } else if (changed_.has(data.registration)) {
    ++found.changed;
  } else {
    differs(name, std::move(columns));
  }
  return {};
}

Expected<void> Comparing::other(RegistrationStore& live, const RegistrationData& data) {
  const DomainName& name = data.registration.name;
  const auto held = live.find(name);
  if (!held) return held.error();
  if (*held && !(*held)->registration.ended) return {};
  if (changed_.has(name.ascii()))
    ++found.changed;
  else
    differs(name, "in the deposit only");
  return {};
}

}  // namespace

Expected<ChangedSince> ChangedSince::read(RegistrationStore& store, std::uint64_t sequence) {
  ChangedSince since;
  while (true) {
    const auto changes = store.changes_after(sequence, changes_at_once);
    if (!changes) return changes.error();
    if (changes->empty()) return since;
    for (const Change& change : *changes) {
      const bool is_name = change.kind == ChangeKind::registration_put || change.kind == ChangeKind::registration_ended;
      const bool is_handle = change.kind == ChangeKind::contact_put || change.kind == ChangeKind::contact_erased;
      if (is_name) since.names_.insert(change.subject);
      if (is_handle) since.handles_.insert(change.subject);
      if (change.kind == ChangeKind::host_put || change.kind == ChangeKind::host_removed) {
        // whatever name it is below may have other hosts now
        for (std::string_view name = change.subject; !name.empty();) {
          since.names_.emplace(name);
          name.remove_prefix(std::min(name.find('.'), name.size() - 1) + 1);
        }
      }
      sequence = change.sequence;
    }
  }
}

bool ChangedSince::has(const Registration& registration) const {
  return has(registration.name.ascii()) ||
         std::ranges::any_of(all_roles, [&](Role role) { return handles_.contains(handle_of(registration, role)); });
}

Expected<StoreComparison> compare_stores(RegistrationStore& live, RegistrationStore& restored, const Agent& agent,
                                         const Catalog& catalog, const ComparedColumns& columns, const ChangedSince& changed,
                                         const std::function<bool(std::uint64_t rows)>& progress) {
  Comparing comparing(restored, agent, catalog, columns, changed);
  std::optional<Error> trouble;
  std::uint64_t seen = 0;
  const auto each = [&](const auto& compare) {
    return [&](const RegistrationData& data) {
      if (progress && ++seen % names_between_tellings == 0 && !progress(seen))
        trouble = make_error(Errc::unavailable, "stopped before the end");
      if (!trouble)
        if (const auto done = compare(data); !done) trouble = done.error();
      return !trouble;
    };
  };
  const auto live_one = [&](const RegistrationData& data) { return comparing.live(data); };
  const auto walked = live.for_each({}, each(live_one));
  if (!walked) return walked.error();
  if (trouble) return *trouble;
  const auto count = restored.count();
  if (!count) return count.error();
  if (*count == comparing.met()) return std::move(comparing.found);
  const auto other_one = [&](const RegistrationData& data) { return comparing.other(live, data); };
  const auto again = restored.for_each({}, each(other_one));
  if (!again) return again.error();
  if (trouble) return *trouble;
  return std::move(comparing.found);
}

}  // namespace regdata::escrow
