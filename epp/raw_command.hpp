// A command that somebody has written by hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "epp/dialect.hpp"
#include "registration/error.hpp"

namespace regdata::epp {

struct RawCommand {
  std::vector<std::string> parts;  ///< what stands in <command>, without clTRID
  std::string verb;                ///< "create"
  std::string kind;                ///< "domain", or the local name of what else it is about
  std::string object;              ///< name or id; empty: it has none
  bool changes_something = true;
};

/// Of a whole frame, in our words or in the registry's; its clTRID is left out, it gets one of ours. Errc::invalid: it is no
/// command of EPP; usage: it is one that a session says by itself (hello, login, logout, an acknowledgement); refused: it makes
/// or changes a contact, or has elements called as those that hold a person's data, whatever their namespace: what of a person
/// goes to a registry goes by what they chose and nowhere else.
Expected<RawCommand> read_raw_command(std::string_view frame, const Dialect& dialect = {});

}  // namespace regdata::epp
