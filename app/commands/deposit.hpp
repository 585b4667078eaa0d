// The verbs of `regdata deposit` that stand in a file of their own.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "escrow/ledger.hpp"

namespace regdata::app {

/// The deposit with this number. Errc::usage, not_found.
Expected<escrow::DepositEntry> deposit_argument(escrow::Ledger& ledger, const std::string& number);
/// A row for programs, without its manifest.
boost::json::object deposit_json(const escrow::DepositEntry& entry);

/// --key and --signer, for DepositOpening.
void add_opening_options(Verb app, std::vector<std::string>& keys, std::vector<std::string>& signers);

/// make, send, verify.
void add_deposit_making(CommandLine& line, Verb noun);
/// list, show, verdict, collect, doctor.
void add_deposit_ledger(CommandLine& line, Verb noun);

/// check.
void add_deposit_check(CommandLine& line, Verb noun);
/// where.
void add_deposit_where(CommandLine& line, Verb noun);
/// restore.
void add_deposit_restore(CommandLine& line, Verb noun);

}  // namespace regdata::app
