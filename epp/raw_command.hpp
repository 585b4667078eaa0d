// A command that somebody has written by hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"

namespace regdata::epp {

struct RawCommand {
  std::vector<std::string> parts;  ///< what stands in <command>, without clTRID
  std::string verb;                ///< "create"
  std::string kind;                ///< "domain", or the local name of what else it is about
  std::string object;              ///< name or id; empty: it has none
  bool changes_something = true;
};

/// Of a whole frame; its clTRID is left out, it gets one of ours. Errc::invalid: it is no command of EPP; usage: it is one
/// that a session says by itself (hello, login, logout, an acknowledgement); refused: it holds what a contact holds, which goes
/// by what the person chose and nowhere else.
Expected<RawCommand> read_raw_command(std::string_view frame);

}  // namespace regdata::epp
