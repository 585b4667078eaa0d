// From names to one batch of the view store: what each name's record is now, and what that takes out of view.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "redaction/publish_plan.hpp"
#include "redaction/publisher.hpp"
#include "redaction/view_store.hpp"
#include "registration/registration_store.hpp"

namespace regdata::redaction {

/// True when a value that `before` shows of a person is not shown by `after`, or another one is: its bytes are then waiting
/// in freed pages. Host names, statuses and dates do not count.
bool hides_something(const PublicView& before, const PublicView& after);

/// The policy of a name by configuration; null: no `[[tld]]` entry or no such policy.
const Policy* policy_of(const Publication& publication, const DomainName& name);

/// policy_of() for many names: TLDs by a table. `publication` outlives it unchanged.
class PolicyFinder {
 public:
  explicit PolicyFinder(const Publication& publication);
  [[nodiscard]] const Policy* find(const DomainName& name) const;

 private:
  std::unordered_map<std::string_view, const Policy*> by_tld_;
};

/// The public record of a host; `registrar` is the one of the name above it.
PublicHost public_host(const Host& host, const std::string& registrar);

/// Adds a line unless there are a thousand already: a report stays small whatever happens.
void note_problem(PublishReport& report, std::string line);

/// Counts contacts that could not be opened, and names them by handle.
void note_unreadable(PublishReport& report, const RegistrationData& data);

/// Fills one batch from the store as it is now. Errors are those of the store as a whole (unavailable, ...): nothing is
/// published then. A single name that cannot be read is taken out of view as far as it must be, and reported.
class NamePublisher {
 public:
  NamePublisher(RegistrationStore& store, ViewWriter& views, const Publication& publication, UtcTime now)
      : store_(store), views_(views), publication_(publication), now_(now) {}

  Expected<void> publish(const PublishPlan::Name& name);
  Expected<void> publish_host(const DomainName& host);

  ViewWriter::Batch batch;
  PublishReport report;
  /// When to look again at a name: to be stored before the batch is, so that it cannot be lost.
  std::vector<DueTime> due_before;
  /// The same for names that were due: to be stored after the batch, so that a name stays due until it is done.
  std::vector<DueTime> due_after;

 private:
  Expected<void> remove(const DomainName& name);
  Expected<void> unreadable(const PublishPlan::Name& name, const Error& error);
  Expected<void> put(const PublishPlan::Name& name, const RegistrationData& data, const Policy& policy);
  Expected<void> put_hosts(const DomainName& name, const RegistrationData& data);
  Expected<void> put_host(const PublicHost& host);

  RegistrationStore& store_;
  ViewWriter& views_;
  const Publication& publication_;
  UtcTime now_;
};

}  // namespace regdata::redaction
