// Deadlines of many connections at the price of one timer: a wheel with slots of a quarter second.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace regdata::whois {

/// Link of an intrusive, circular, doubly linked list. A link that is alone is in no list.
struct ListLink {
  ListLink* before = this;
  ListLink* after = this;

  ListLink() = default;
  ListLink(const ListLink&) = delete;
  ListLink& operator=(const ListLink&) = delete;

  [[nodiscard]] bool alone() const noexcept { return after == this; }
  void unlink() noexcept {
    before->after = after;
    after->before = before;
    before = after = this;
  }
  /// Puts `link`, which is alone, at the end of the list that this is the head of.
  void append(ListLink& link) noexcept {
    link.before = before;
    link.after = this;
    before->after = &link;
    before = &link;
  }
};

/// What a wheel holds: derive from it. Must leave the wheel before it is destroyed.
struct TimerLink : ListLink {
  std::chrono::steady_clock::time_point deadline;
};

/// Not thread-safe. A deadline is noticed up to one slot late, never early.
class TimerWheel {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds slot_length{250};
  static constexpr std::size_t slot_count = 128;

  explicit TimerWheel(Time now) : reached_(now) {}

  /// Sets or moves the deadline.
  void set(TimerLink& link, Time deadline) noexcept {
    if (!link.alone()) link.unlink();
    link.deadline = deadline;
    const auto ahead = deadline > reached_ ? static_cast<std::size_t>((deadline - reached_) / slot_length) + 1 : 1;
    // further away than a turn: looked at after a turn and put back
    slots_[(at_ + (ahead < slot_count ? ahead : slot_count - 1)) % slot_count].append(link);
  }

  /// Calls `expire(link)` for every link whose deadline has come; the link is out of the wheel then. `expire` may set and
  /// unlink any link.
  template <class Expire>
  void advance(Time now, Expire expire) {
    while (reached_ + slot_length <= now) {
      reached_ += slot_length;
      at_ = (at_ + 1) % slot_count;
      ListLink due;  // a list of its own, so that links put back into this slot are not met again
      while (!slots_[at_].alone()) {
        ListLink& link = *slots_[at_].after;
        link.unlink();
        due.append(link);
      }
      while (!due.alone()) {
        auto& link = static_cast<TimerLink&>(*due.after);
        link.unlink();
        if (link.deadline <= now)
          expire(link);
        else
          set(link, link.deadline);
      }
    }
  }

 private:
  std::array<ListLink, slot_count> slots_;
  std::size_t at_ = 0;
  Time reached_;
};

}  // namespace regdata::whois
