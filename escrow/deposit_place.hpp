// The directory in which a deposit is made, and what may be there before it. Nothing that may have left is ever removed to make
// room: it is put aside.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "escrow/ledger.hpp"

namespace regdata::escrow {

/// Is told what was put aside and where it lies now: file names, no person.
using Tell = std::function<void(const std::string&)>;

/// Notes in the directory itself that its deposit leaves: before the first byte does. No older database can forget that.
Expected<void> mark_leaving(const std::filesystem::path& directory);
/// Whether what is there may have left: it is marked so, or it is a whole deposit that none of `known` has for its own.
/// Errc::unavailable: it cannot be looked at.
Expected<bool> may_have_left(const std::filesystem::path& directory, const std::vector<DepositEntry>& known);
/// Makes room: what may have left is renamed to the next former_directory() of `own`, the rest is removed. Where it cannot be
/// looked at nothing is touched. Errc::unavailable.
Expected<void> clear_place(const std::filesystem::path& directory, const std::filesystem::path& own,
                           const std::vector<DepositEntry>& known, const Tell& tell);

}  // namespace regdata::escrow
