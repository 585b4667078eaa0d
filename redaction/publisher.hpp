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
  std::uint64_t changes = 0;    ///< feed entries applied
  std::uint64_t published = 0;  ///< views written
  std::uint64_t removed = 0;    ///< views taken out
  std::uint64_t unreadable = 0; ///< contacts that could not be opened and were withheld whole
  std::uint64_t sequence = 0;   ///< feed applied up to here
  bool caught_up = false;
  std::vector<std::string> problems;  ///< one line each, handles only
};

/// Not thread-safe; one per view store. Idempotent: applying a change twice gives the same views.
class Publisher {
 public:
  Publisher(RegistrationStore& store, ViewWriter& views, Publication publication, Clock clock);
  ~Publisher();

  /// Applies what is waiting, at most about `limit` names, hides first; call again until caught_up. Sequence and views move in
  /// one transaction. Also: re-publishes names that are due (look_again), beats the heart, and makes a new generation within
  /// five minutes of a hide. When the policies or texts differ from those that the views were made with, rebuilds.
  Expected<PublishReport> step(std::size_t limit = 1000);

  /// A whole new store beside the old, then an atomic switch.
  Expected<PublishReport> rebuild();

  /// After a configuration reload.
  void set_publication(Publication publication);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::redaction
