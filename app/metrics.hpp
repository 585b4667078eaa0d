// What Prometheus sees: counts and ages, never a name or an address (operations.md §5a).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "redaction/view_store.hpp"
#include "registration/utc_time.hpp"
#include "whois/contact_desk.hpp"
#include "whois/server.hpp"

namespace regdata::app {

/// One protocol of the public server: the label and what it counted. The counters outlive the call.
struct ProtocolFigures {
  std::string protocol;  ///< "whois", "rdap", "page"
  const whois::AnswerCounters* counters;
  const whois::WhoisCounters* connections;  ///< null: another protocol's, which share theirs
};

/// The public server's page. `state` empty: the view store cannot be read. `letters` null: no letter form.
std::string serve_metrics(const std::vector<ProtocolFigures>& protocols, const std::optional<redaction::ViewStoreState>& state,
                          bool ready, UtcTime now, const whois::ContactCounters* letters = nullptr);

/// Figures by the name of what they are of. From any thread.
template <class Figures>
class FiguresByName {
 public:
  void set(const std::string& name, const Figures& figures) {
    const std::lock_guard guard(mutex_);
    all_[name] = figures;
  }
  /// Forgets what is configured no more.
  void keep(const std::function<bool(const std::string&)>& configured) {
    const std::lock_guard guard(mutex_);
    std::erase_if(all_, [&](const auto& one) { return !configured(one.first); });
  }
  [[nodiscard]] std::map<std::string, Figures> all() const {
    const std::lock_guard guard(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Figures> all_;
};

/// How it stands with an escrow agent.
struct EscrowFigures {
  UtcTime sent{};      ///< watermark of the last deposit that was sent
  UtcTime accepted{};  ///< of the last that the agent accepted
  bool overdue = false;
  bool waits_for_person = false;
  bool unanswered = false;   ///< sent, and no verdict came in time
  bool from_future = false;  ///< a deposit shows a time that has not come
};

/// How it stands with a registry.
struct RegistryFigures {
  std::uint64_t messages = 0;  ///< kept and acknowledged
  std::uint64_t looked = 0;    ///< names asked for
  std::uint64_t changed = 0;   ///< registrations that were different
  std::uint64_t errors = 0;    ///< steps that failed
  std::uint64_t waiting = 0;   ///< messages that are kept and not applied
  std::uint64_t for_a_person = 0;
  std::uint64_t doubtful = 0;           ///< names
  std::uint64_t other_holder = 0;       ///< names that another contact holds there than here
  std::uint64_t unresolved = 0;         ///< commands whose outcome is not known
  std::uint64_t contacts_changed = 0;   ///< at the registry, by us
  std::uint64_t contacts_doubtful = 0;  ///< not there as they should be, or there against our will
  std::uint64_t contacts_against = 0;   ///< shown against their persons' choices
  bool refused = false;                 ///< the last step: login or certificate
  UtcTime drained{};                    ///< when the queue was last found empty
};

/// What the worker counts; written by its main loop, read by the admin server.
struct WorkerFigures {
  using Count = std::atomic<std::uint64_t>;
  Count changes{0};                    ///< feed entries applied
  Count published{0};                  ///< views written
  Count removed{0};                    ///< views taken out
  Count unreadable{0};                 ///< contacts that could not be opened in the last steps
  Count publish_errors{0};             ///< steps that failed
  Count feed_sequence{0};              ///< last of the feed
  Count applied_sequence{0};           ///< last applied to the views
  std::atomic<double> lag_seconds{0};  ///< age of the oldest change that is not applied
  Count server_starts{0};
  Count reloads_good{0};
  Count reloads_bad{0};
  std::atomic<bool> server_running{false};
  // mail
  Count letters_queued{0};      ///< letters with somebody to go to
  Count letters_nobody{0};      ///< letters without
  Count letters_asked{0};       ///< confirmations queued
  Count letters_not_asked{0};   ///< the sender had its share of confirmations
  Count letters_unreadable{0};  ///< files of the spool that our key does not open
  Count mails_sent{0};
  Count mails_later{0};   ///< attempts that are repeated
  Count mails_failed{0};  ///< ended without being delivered
  Count mails_waiting{0};
  std::atomic<double> mail_age_seconds{0};  ///< of the oldest mail that waits
  std::atomic<bool> mail_stuck{false};      ///< mail cannot leave
  // escrow
  Count escrow_errors{0};  ///< steps that failed
  FiguresByName<EscrowFigures> escrow;
  FiguresByName<RegistryFigures> registries;
};
std::string worker_metrics(const WorkerFigures& figures, bool ready, UtcTime now);

}  // namespace regdata::app
