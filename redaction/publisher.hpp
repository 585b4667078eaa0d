// Follows the change feed and keeps the view store equal to redact() of the store.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "redaction/policy.hpp"
#include "redaction/public_text.hpp"
#include "redaction/redact.hpp"
#include "redaction/view_store.hpp"
#include "registration/registration_store.hpp"

namespace regdata::redaction {

/// Everything that configuration decides about publication. Immutable once made; a reload makes a new one.
struct Publication {
  Catalog catalog;
  std::map<std::string, Policy, std::less<>> policies;  ///< by name
  RedactionContext context;                             ///< context.catalog points at `catalog` above (set by Publisher)
  PublicTexts texts;
};

/// What one step did; for logs and metrics.
struct PublishReport {
  std::uint64_t changes = 0;     ///< feed entries applied
  std::uint64_t published = 0;   ///< views written; a name whose view came out the same is not
  std::uint64_t removed = 0;     ///< views taken out
  std::uint64_t unreadable = 0;  ///< contacts that could not be opened and were withheld whole
  std::uint64_t sequence = 0;    ///< feed applied up to here
  bool caught_up = false;
  std::vector<std::string> problems;  ///< one line each, names and handles only; at most 1,000
};

/// Not thread-safe; one per view store. Idempotent: applying a change twice gives the same views.
class Publisher {
 public:
  Publisher(RegistrationStore& store, ViewWriter& views, Publication publication, Clock clock);
  ~Publisher();

  /// Applies what is waiting, at most about `limit` names, hides first; call again until caught_up, then at least every few
  /// seconds. Sequence and views move in one transaction. Also: re-publishes names that are due (look_again), beats the heart
  /// (once a minute), and makes a new generation within five minutes of a hide, in slices, caught_up being false meanwhile.
  /// Rebuilds when the policies or what else decides on views differ from those that the views were made with, when the store
  /// was put back to an earlier state, and when most of the names wait.
  ///
  /// Errors: those of either store as a whole; nothing is published then, and the next call tries again. A name that cannot be
  /// read is not an error: its contacts are withheld, and `problems` names it.
  Expected<PublishReport> step(std::size_t limit = 1000);

  /// A whole new store beside the old, then an atomic switch. What changed meanwhile is left to step().
  Expected<PublishReport> rebuild();

  /// For whoever publishes once and leaves: steps until caught up, then makes the new generation that a hide asks for, at once.
  Expected<PublishReport> settle();

  /// After a configuration reload.
  void set_publication(Publication publication);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::redaction
