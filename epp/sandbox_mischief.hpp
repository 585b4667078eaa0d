// How registries go wrong (epp.md §2.1), on switches of the sandbox. No I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"

namespace regdata::epp {

enum class Mischief : std::uint8_t {
  close_at_once,  ///< before the greeting
  plain_text,     ///< a sentence instead of a greeting
  close_before,   ///< without doing the command
  close_after,    ///< done, and no answer
  cut,            ///< done, and half an answer
  fail_before,    ///< 2400, not done
  fail_after,     ///< 2400, done all the same
  close_2500,     ///< 2500 and closes, done all the same
  limit,          ///< 2502 at the login
  late,           ///< the answer comes after `late_time`
  dribble,        ///< one octet at a time
  large,          ///< more than 16 KiB
  wrong_id,       ///< another clTRID
  no_id,          ///< no trID
  no_result,      ///< a response without one
  not_well_formed,
  undeclared,  ///< a prefix that nobody declared
  order,       ///< resData behind trID
  mark,        ///< a byte order mark and blanks before the declaration
  length,      ///< a header that does not count itself
  utf16,
  doctype,
};

inline constexpr std::chrono::seconds late_time{5};

/// The word on the command line: "close-after".
std::string_view to_string(Mischief mischief) noexcept;

/// Which of them happen, and how often.
class MischiefPlan {
 public:
  /// Words like "close-after:7": every seventh command; "wrong-id": each. Errc::usage.
  static Expected<MischiefPlan> parse(const std::vector<std::string>& words);

  /// Before a greeting.
  std::optional<Mischief> at_connect();
  /// With the answer to a command.
  std::optional<Mischief> at_command(bool is_login);

 private:
  struct Turn {
    std::uint64_t every = 1;
    std::uint64_t count = 0;
  };
  std::map<Mischief, Turn> turns_;
};

/// Whether the command is not done then.
constexpr bool prevents(Mischief mischief) noexcept {
  return mischief == Mischief::close_before || mischief == Mischief::fail_before || mischief == Mischief::limit;
}

/// The answer's octets as they go over the wire, header and all, and whether the connection is closed behind them.
struct Delivery {
  std::string octets;
  bool closes = false;
};
/// `xml` is the good answer to the command with this clTRID.
Delivery twisted(Mischief mischief, std::string xml, const std::string& client_id);

}  // namespace regdata::epp
