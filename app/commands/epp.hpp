// The verbs of `regdata epp` that stand in files of their own, and what they share.
#pragma once

#include <string>

#include "app/command_line.hpp"
#include "app/config.hpp"
#include "epp/session.hpp"

namespace regdata::app {

/// The answer, where the registry said yes. Else the error: not_found, refused, or why there was no answer.
Expected<const epp::Response*> good_answer(const epp::Outcome& outcome);

/// A name as registries want it: in lower case, as A-labels; the id of a contact as it is. Errc::usage.
Expected<std::string> object_argument(bool is_contact, const std::string& text);

/// Says one command, in the journal where it changes something: what became of it.
Expected<epp::Outcome> say_one(Context& context, const Config& config, const Config::Registry& settings, epp::Command command);

/// Says one query to a registry; its answer, which said yes.
Expected<epp::Response> answer_to(Context& context, const std::string& registry, epp::Command command);

/// Says one command, in the journal where it changes something, and tells what became of it. `only_prints`: the frame, with
/// dots for secrets, and nothing is said.
Outcome say_change(Context& context, const Config& config, const Config::Registry& settings, epp::Command command,
                   bool only_prints);

/// create, update, renew, transfer, delete, restore.
void add_epp_changes(CommandLine& line, Verb noun);
/// push, withdraw.
void add_epp_contacts(CommandLine& line, Verb noun);
/// organization check, info, create, update, delete.
void add_epp_organizations(CommandLine& line, Verb noun);
void add_epp_password(CommandLine& line, Verb noun);
void add_epp_probe(CommandLine& line, Verb noun);
/// raw, poll, maintenance.
void add_epp_raw(CommandLine& line, Verb noun);
/// journal list, show, resolve.
void add_epp_journal(CommandLine& line, Verb noun);

}  // namespace regdata::app
