// The words of a verdict in a text.
#pragma once

#include <string_view>

#include "escrow/verdict.hpp"

namespace regdata::escrow {

/// What is said of the deposit. `text` as mail_text() gives it. "accepted" is said where its words stand, nothing in their
/// sentence denies, doubts or puts them off, and nothing in the whole text tells of trouble. Errc::invalid: no verdict,
/// several, or one that is not said so. Linear.
Expected<DepositState> said_in(std::string_view text, const MailRules& rules);

}  // namespace regdata::escrow
