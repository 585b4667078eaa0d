// Which deposit a difference is made to (docs/decisions/0019).
#pragma once

#include <optional>
#include <span>

#include "escrow/agent.hpp"
#include "escrow/ledger.hpp"

namespace regdata::escrow {

/// Of an incremental deposit the last full one, of a differential one the last of any kind; each sent and neither refused nor
/// lost there, as everything that it is itself a difference to; of the agent's form of today, with its list of objects. The
/// last is that of the latest date, and of it the last revision; by ICANN's specifications there is none where that one cannot
/// be it, since a restore could not tell. One of the same kind and date is none: the new one takes its place. None either where
/// something left behind the last of which the ledger, an older one, does not know so. `rows`: deposits of the agent, in any
/// order. `now`: the new one's watermark; what shows a later time is none. Empty: there is none.
Expected<std::optional<DepositBase>> find_base(const Agent& agent, DepositKind kind, std::chrono::sys_days date, UtcTime now,
                                               std::span<const DepositEntry> rows);

}  // namespace regdata::escrow
