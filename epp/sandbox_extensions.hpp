// What the sandbox registry makes of fees (RFC 8748), claims (RFC 8334) and allocation tokens (RFC 8495).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "epp/sandbox_objects.hpp"

namespace regdata::epp {

/// Names that begin with "premium" cost ten times as much, and the fee has to be told; with "claimed" they have a claim; with
/// "reserved" they need this token.
inline constexpr std::string_view sandbox_token = "sandbox-token";

/// Why a command about a domain is refused; 0: it is not. `verb`: "create".
unsigned refused_by_extension(std::string_view verb, const XmlElement& object, const XmlElement& extension);
/// Adds to the answer of a command that was done what it has cost, where the fee was told.
void add_charge(std::string_view verb, const XmlElement& object, const XmlElement& extension, SandboxSaid& said);
/// Adds to the answer of a check what was asked beside it; a claims check has no other answer.
void add_check_answers(const XmlElement& object, const XmlElement& extension, SandboxSaid& said);

}  // namespace regdata::epp
