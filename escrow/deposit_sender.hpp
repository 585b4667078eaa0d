// Sends a verified deposit, and notes what is known of it at each step.
#pragma once

#include "escrow/agent.hpp"
#include "escrow/delivery.hpp"
#include "escrow/manifest.hpp"

namespace regdata::escrow {

/// Compares the deposit with its manifest once more, sends the content files in order and the hash file last. May be called
/// again after a break: what arrived is left alone; one that is sent is not sent again before the agent said that nothing came.
/// Only one process at a time: it takes the agent's lock. Returns the row, sent. Errors: conflict (the deposit is in a state
/// that is not sent; a later revision has left; another process is at it), refused (as
/// check_transfer(), or the agent has moved to another region since it was made), damaged (the files are not what the manifest
/// says), and the delivery's. After an error of the delivery the deposit stays sending, with the error as its reason.
Expected<DepositEntry> send_deposit(Ledger& ledger, const Agent& agent, std::uint64_t id, const openpgp::PublicKey& signer,
                                    Delivery& delivery, const Clock& clock);

}  // namespace regdata::escrow
