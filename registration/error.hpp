// Expected failures as values: a code to act on, a context and a hint for a person.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace regdata {

/// What kind of failure it was, for the caller to act on. The command line maps each to an exit code (docs/exit-codes).
enum class Errc {
  invalid,        ///< data breaks a rule; context names the field and what is allowed (exit 5)
  usage,          ///< the caller asked for something that does not exist or does not fit together (exit 2)
  configuration,  ///< a setting is wrong, missing or unknown (exit 3)
  not_found,      ///< the thing named is not held; lookups return an empty optional instead (exit 1)
  conflict,       ///< someone else holds the lock, or the thing exists already (exit 1)
  refused,        ///< a policy or an agreement forbids it (exit 7)
  unavailable,    ///< a dependency is down or out of space; the same call may succeed later (exit 4)
  damaged,        ///< stored bytes do not authenticate or do not decode; nothing was changed (exit 1)
  key_missing,    ///< the key that opens this is neither live nor recorded as destroyed (exit 1)
  version,        ///< the store's schema is older or newer than this program (exit 1)
  internal,       ///< a bug; report it (exit 1)
};

/// One failure. Never holds personal data or secrets: a contact is named by its handle, a domain by its name.
struct Error {
  Errc code = Errc::internal;
  std::string context;  ///< what, where, why: lower case, no full stop ("contact C-17: data key is missing")
  std::string hint;     ///< what to do about it; may be empty
};

/// A value, or the reason why there is none. "No such domain" and "withheld" are values, not errors.
template <class T>
using Expected = boost::system::result<T, Error>;

/// Called by Expected::value() on an error: reaching it is a bug in the caller.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("unchecked error: " + error.context);
}

inline Error make_error(Errc code, std::string context, std::string hint = {}) {
  return Error{code, std::move(context), std::move(hint)};
}

}  // namespace regdata
