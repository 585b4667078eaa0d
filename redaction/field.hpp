// One public element: held or not, shown, replaced or withheld - and never the withheld value.
#pragma once

#include <cstdint>
#include <utility>
#include <variant>

namespace regdata::redaction {

/// Number of a rule text in the view store (see RuleText). The number is public, the basis behind it is not.
using RuleId = std::uint16_t;

/// No value is held.
struct NotHeld {
  friend bool operator==(const NotHeld&, const NotHeld&) = default;
};
/// A value is held, or might be, and does not leave. Carries the rule and nothing about the value or the person's answer.
struct Withheld {
  RuleId rule = 0;
  friend bool operator==(const Withheld&, const Withheld&) = default;
};
/// The value itself.
template <class T>
struct Shown {
  T value;
  RuleId rule = 0;
  bool by_choice = false;  ///< shown because the person chose it: a server with stale views withholds it (house.md §1)
  friend bool operator==(const Shown&, const Shown&) = default;
};

/// Value or `Withheld{rule}`. There is no way from a withheld field to its value, because it is not there.
template <class T>
class Field {
 public:
  Field() = default;  ///< not held
  Field(NotHeld) {}
  Field(Withheld withheld) : state_(withheld) {}
  Field(Shown<T> shown) : state_(std::move(shown)) {}

  /// What assignment does, in place: a view that is filled again and again keeps its buffers.
  void clear() noexcept {
    if (is_held()) state_ = NotHeld{};
  }
  void withhold(RuleId rule) noexcept {
    if (Withheld* held = std::get_if<Withheld>(&state_)) {
      held->rule = rule;
    } else {
      state_ = Withheld{rule};
    }
  }
  void show(const T& value, RuleId rule, bool by_choice) {
    if (Shown<T>* held = std::get_if<Shown<T>>(&state_)) {
      held->value = value;
      held->rule = rule;
      held->by_choice = by_choice;
    } else {
      state_ = Shown<T>{value, rule, by_choice};
    }
  }

  [[nodiscard]] bool is_held() const noexcept { return !std::holds_alternative<NotHeld>(state_); }
  /// Null unless shown.
  [[nodiscard]] const Shown<T>* shown() const noexcept { return std::get_if<Shown<T>>(&state_); }
  /// Null unless withheld.
  [[nodiscard]] const Withheld* withheld() const noexcept { return std::get_if<Withheld>(&state_); }

  friend bool operator==(const Field&, const Field&) = default;

 private:
  std::variant<NotHeld, Withheld, Shown<T>> state_;
};

}  // namespace regdata::redaction
