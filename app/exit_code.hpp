// Exit codes: a contract with scripts (docs/exit-codes.md).
#pragma once

#include <string_view>

#include "registration/error.hpp"

namespace regdata::app {

/// What the caller's script may act on. The numbers never change.
enum class Exit : int {
  done = 0,
  failed = 1,
  usage = 2,
  configuration = 3,
  unavailable = 4,  ///< a dependency is down: the same call may succeed later
  invalid = 5,      ///< data breaks a rule
  partly = 6,       ///< done in part; what was not done is named
  refused = 7,      ///< by policy or agreement
  interrupted = 130,
};

constexpr Exit exit_of(Errc code) noexcept {
  switch (code) {
    case Errc::invalid:
      return Exit::invalid;
    case Errc::usage:
      return Exit::usage;
    case Errc::configuration:
      return Exit::configuration;
    case Errc::unavailable:
      return Exit::unavailable;
    case Errc::refused:
      return Exit::refused;
    case Errc::not_found:
    case Errc::conflict:
    case Errc::damaged:
    case Errc::key_missing:
    case Errc::version:
    case Errc::internal:
      return Exit::failed;
  }
  return Exit::failed;
}

/// The word for a code in the JSON envelope's `error.code`: "not-found", "key-missing".
constexpr std::string_view word_of(Errc code) noexcept {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::usage:
      return "usage";
    case Errc::configuration:
      return "configuration";
    case Errc::not_found:
      return "not-found";
    case Errc::conflict:
      return "conflict";
    case Errc::refused:
      return "refused";
    case Errc::unavailable:
      return "unavailable";
    case Errc::damaged:
      return "damaged";
    case Errc::key_missing:
      return "key-missing";
    case Errc::version:
      return "version";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace regdata::app
