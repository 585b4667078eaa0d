// Which names and hosts the next transaction of the publisher is about: the change feed, hides first, in resumable pieces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "registration/domain_name.hpp"
#include "registration/registration_store.hpp"

namespace regdata::redaction {

/// How far a fan-out over one contact's names has come.
struct FanOut {
  std::uint64_t sequence = 0;  ///< of the change; 0: none under way
  std::string after;           ///< last name published
  friend bool operator==(const FanOut&, const FanOut&) = default;
};

/// What the publisher has done ahead of the sequence, or begun; stored with the views that it speaks of.
struct ResumeNote {
  std::uint64_t hides_until = 0;  ///< changes that hide are applied up to here
  FanOut hide;                    ///< under way among the hides
  FanOut feed;                    ///< under way in the order of the feed

  /// Empty when it says nothing.
  [[nodiscard]] std::string encode() const;
  /// What no version wrote reads as an empty note: the feed is then applied again from the sequence, which changes nothing.
  static ResumeNote decode(std::string_view bytes);
  friend bool operator==(const ResumeNote&, const ResumeNote&) = default;
};

/// Names and hosts to publish in one transaction, and where that leads.
struct PublishPlan {
  struct Name {
    DomainName name;
    bool due = false;    ///< a rule bound to time became due
    bool ended = false;  ///< the change said that sponsorship ended
  };
  std::vector<Name> names;
  std::vector<DomainName> hosts;
  std::uint64_t sequence = 0;  ///< applied up to here afterwards
  std::uint64_t changes = 0;   ///< entries of the feed done with
  ResumeNote note;
  bool complete = false;  ///< nothing is left waiting
  std::vector<std::string> problems;
};

/// Reads the feed behind `sequence` and plans about `limit` names. A change of a contact with at most `limit` names is never
/// split; a larger one goes in pieces of `limit`. Changes that hide come first within all that waits, names due second.
class PublishPlanner {
 public:
  PublishPlanner(RegistrationStore& store, std::uint64_t sequence, ResumeNote note, std::size_t limit);
  Expected<PublishPlan> plan(UtcTime now);

 private:
  enum class Step : std::uint8_t { taken, full };

  Expected<Step> plan_hides();
  Expected<Step> plan_due(UtcTime now);
  Expected<Step> plan_feed();
  Expected<Step> take(const Change& change, FanOut& fan_out);
  Expected<Step> take_contact(const Change& change, FanOut& fan_out);
  void add_name(DomainName name, bool due, bool ended);
  [[nodiscard]] std::size_t taken() const { return plan_.names.size() + plan_.hosts.size(); }

  RegistrationStore& store_;
  std::size_t limit_;
  std::uint64_t from_;
  PublishPlan plan_;
  std::unordered_set<std::string> seen_names_;
  std::unordered_set<std::string> seen_hosts_;
};

}  // namespace regdata::redaction
