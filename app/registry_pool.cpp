#include "app/registry_pool.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace regdata::app {
namespace {

/// Questions that a line takes at a time, or as many as its window holds: few, so that all lines end together.
constexpr std::size_t fewest_at_once = 8;

/// The question once more, so that it can be said over another line; empty: it is none, or holds a secret.
std::optional<epp::Command> again(const epp::Command& command) {
  if (const auto* const name = std::get_if<epp::DomainInfo>(&command); name != nullptr && name->auth_info.empty())
    return epp::DomainInfo{name->name, name->hosts, {}};
  if (const auto* const host = std::get_if<epp::HostInfo>(&command)) return *host;
  if (const auto* const contact = std::get_if<epp::ContactInfo>(&command); contact != nullptr && contact->auth_info.empty())
    return epp::ContactInfo{contact->id, {}};
  return std::nullopt;
}

/// What libraries throw where a thread or memory is not to be had ends neither the others nor the process.
Expected<epp::Greeting> talk_over(RegistryLine& line, std::vector<epp::Job> part, const epp::OnDone& on_done) try {
  return line.talk(std::move(part), on_done);
} catch (const std::exception& failure) {
  return make_error(Errc::unavailable, std::string("a session ended early: ") + failure.what(),
                    "look at the limits of processes and of memory");
}

}  // namespace

/// One talk that several lines share.
class RegistryPool::Sharing {
 public:
  Sharing(std::vector<epp::Job> jobs, const epp::OnDone& on_done, std::size_t at_once)
      : at_once_(at_once), jobs_(std::move(jobs)), on_done_(on_done) {
    for (std::size_t number = 0; number < jobs_.size(); ++number) left_.push_back(number);
  }

  /// Says parts over the line until nothing is left. False: the line cannot be used.
  bool say_all(RegistryLine& line) {
    Part part = say_part(line);
    while (part == Part::said) part = say_part(line);
    return part == Part::none;
  }
  /// Whether one was said.
  bool say_one(RegistryLine& line) { return say_part(line) == Part::said; }

  [[nodiscard]] std::size_t parts_left() const { return (left_.size() + at_once_ - 1) / at_once_; }

  /// When no line is at it any more.
  [[nodiscard]] Expected<epp::Greeting> result() const {
    if (failed_) return *failed_;
    if (!left_.empty() || !greeting_) return trouble_.value_or(make_error(Errc::internal, "nobody spoke with the registry"));
    return *greeting_;
  }

 private:
  enum class Part : std::uint8_t { said, none, not_said };

  Part say_part(RegistryLine& line) {
    std::vector<std::size_t> said;
    std::vector<epp::Job> part;
    {
      const std::lock_guard lock(mutex_);
      if (failed_ || left_.empty()) return Part::none;
      const auto end = left_.begin() + static_cast<std::ptrdiff_t>(std::min(at_once_, left_.size()));
      said.assign(left_.begin(), end);
      left_.erase(left_.begin(), end);
      for (const std::size_t number : said) part.push_back({*again(jobs_[number].command), jobs_[number].handle});
    }
    bool was_told = false;
    const auto on_done = [&](std::size_t number, epp::Outcome outcome) -> Expected<std::vector<epp::Job>> {
      const std::lock_guard lock(mutex_);
      was_told = true;
      if (failed_) return *failed_;
      auto more = on_done_(said.at(number), std::move(outcome));
      if (more && !more->empty()) more = make_error(Errc::internal, "nothing is said behind a question that is shared");
      if (!more) failed_ = more.error();
      return more;
    };
    auto greeting = talk_over(line, std::move(part), on_done);
    const std::lock_guard lock(mutex_);
    if (greeting) {
      greeting_ = std::move(*greeting);
      return Part::said;
    }
    if (was_told) {  // on_done ended it, or the line did in the middle: what it was asked is not known
      if (!failed_) failed_ = greeting.error();
      return Part::none;
    }
    left_.insert(left_.begin(), said.begin(), said.end());
    trouble_ = greeting.error();
    return Part::not_said;
  }

  std::size_t at_once_;
  std::mutex mutex_;
  std::vector<epp::Job> jobs_;
  const epp::OnDone& on_done_;
  std::vector<std::size_t> left_;  ///< numbers of jobs that nobody has said
  std::optional<epp::Greeting> greeting_;
  std::optional<Error> failed_;   ///< by on_done
  std::optional<Error> trouble_;  ///< of a line
};

RegistryPool::RegistryPool(const Config::Registry& settings, epp::Journal* journal, const Clock& clock)
    : at_once_(std::max<std::size_t>(fewest_at_once, settings.query_window)) {
  const unsigned count = std::max(1U, settings.sync_sessions);
  for (unsigned number = 0; number < count; ++number)  // the turns that the account has are for all of them together
    lines_.push_back({std::make_unique<RegistryLine>(settings, number == 0 ? journal : nullptr, clock, RegistryLine::Use::kept,
                                                     1.0 / count)});
}

epp::Talk RegistryPool::as_talk() {
  return [this](std::vector<epp::Job> jobs, const epp::OnDone& on_done) {
    for (std::size_t number = 1; number < lines_.size(); ++number) {
      lines_[number].line->rest();
      lines_[number].is_shut_out = false;
    }
    return first().talk(std::move(jobs), on_done);
  };
}

epp::Talk RegistryPool::for_questions() {
  return [this](std::vector<epp::Job> jobs, const epp::OnDone& on_done) { return ask(std::move(jobs), on_done); };
}

Expected<epp::Greeting> RegistryPool::ask(std::vector<epp::Job> jobs, const epp::OnDone& on_done) {
  if (!std::ranges::all_of(jobs, [](const epp::Job& job) { return again(job.command).has_value(); }))
    return make_error(Errc::internal, "only questions are shared among sessions");
  if (lines_.size() == 1 || jobs.size() <= at_once_) return first().talk(std::move(jobs), on_done);
  Sharing sharing(std::move(jobs), on_done, at_once_);
  // one that the registry lets in goes first: what keeps all of them out is found out once
  if (!sharing.say_one(first())) return sharing.result();
  std::vector<std::thread> threads;
  const std::size_t parts = sharing.parts_left();
  threads.reserve(lines_.size());
  for (std::size_t number = 1; number < lines_.size() && number < parts; ++number) {
    Member& member = lines_[number];
    if (member.is_shut_out) continue;
    try {
      threads.emplace_back([&sharing, &member] { member.is_shut_out = !sharing.say_all(*member.line); });
    } catch (const std::system_error&) {  // no more threads are to be had: fewer do it
      break;
    }
  }
  sharing.say_all(first());
  for (std::thread& one : threads) one.join();
  sharing.say_all(first());  // what a line gave back at its end
  return sharing.result();
}

}  // namespace regdata::app
