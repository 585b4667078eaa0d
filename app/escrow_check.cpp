#include "app/escrow_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "escrow/sftp_delivery.hpp"
#include "escrow/verdict_sentence.hpp"
#include "registration/ascii.hpp"
#include "registration/domain_name.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;
using EscrowAgent = Config::EscrowAgent;

/// What mails are believed of, and told by.
void check_mails(const EscrowAgent& agent, const TellSetting& tell) {
  if (agent.mail_server.empty() != agent.mail_domain.empty())
    tell(agent.mail_server.empty() ? "mail_server" : "mail_domain", "mail_server and mail_domain belong together",
         "a mail is believed for a domain, by what our server found out of it (RFC 8601)");
  if (!agent.mail_domain.empty() && !DomainName::parse(agent.mail_domain))
    tell("mail_domain", "mail_domain is no domain", "\"agent.example\"");
  struct Words {
    const char* name;
    const std::string& text;
  };
  const std::array all{Words{"mail_accepted", agent.mail_accepted}, Words{"mail_rejected", agent.mail_rejected},
                       Words{"mail_missing", agent.mail_missing}};
  if (agent.mail_server.empty()) return;
  for (const Words& one : {all[0], all[1]})  // an agent may never say that nothing came
    if (trim(one.text).empty()) tell(one.name, fmt::format("{} is empty", one.name), "a sentence of the agent's mails");
  for (const Words& one : all) {
    if (!trim(one.text).empty() && !escrow::is_verdict_sentence(one.text))
      tell(one.name, fmt::format("{} does not say of which deposit", one.name),
           "the whole sentence of the agent's mails, with {deposit} in the name's place: \"Deposit {deposit} has been "
           "accepted.\"");
    for (const Words& other : all)
      if (&one < &other && !trim(one.text).empty() && escrow::sentence_form(one.text) == escrow::sentence_form(other.text))
        tell(other.name, fmt::format("{} and {} are the same sentence", one.name, other.name),
             "a mail that says two verdicts is taken for none");
  }
}

/// By which two paths to one directory are the same.
fs::path plain(const fs::path& path) {
  std::error_code failure;
  fs::path found = fs::weakly_canonical(path, failure);
  return failure ? path.lexically_normal() : found;
}

bool are_one(const fs::path& one, const fs::path& other) {
  return !one.empty() && !other.empty() && plain(one) == plain(other);
}

bool is_one_address(const std::string& one, const std::string& other) {
  const std::string place = escrow::SftpDelivery::place_of(one);
  return !place.empty() && place == escrow::SftpDelivery::place_of(other);
}

bool is_at_or_below(const fs::path& path, const fs::path& directory) {
  if (path.empty()) return false;
  const fs::path above = plain(directory);
  const fs::path here = plain(path);
  return std::mismatch(above.begin(), above.end(), here.begin(), here.end()).first == above.end();
}

bool of_same_registrar(const Config& config, const EscrowAgent& one, const EscrowAgent& other) {
  const Registrar* first = config.catalog.registrar(one.registrar);
  const Registrar* second = config.catalog.registrar(other.registrar);
  return first != nullptr && second != nullptr && first->iana_id == second->iana_id;
}

/// What is delivered, what is kept here and what comes back do not lie in one directory, nor do two agents' files.
void check_directories(const Config& config, std::size_t at, const TellSetting& tell) {
  const EscrowAgent& agent = config.escrow_agents[at];
  constexpr const char* for_verdicts = "whatever lies in it is moved away: a directory for notifications and mails alone";
  if (is_at_or_below(agent.folder, config.escrow.deposits))
    tell("folder", "folder lies where our own deposits do", "[escrow] deposits is for us alone: a directory of the agent's");
  if (is_at_or_below(agent.verdicts, config.escrow.deposits))
    tell("verdicts", "verdicts lies where our own deposits do", for_verdicts);
  for (const EscrowAgent& other : config.escrow_agents)
    if (are_one(agent.verdicts, other.folder))
      tell("verdicts", fmt::format("verdicts is the folder of {}", other.id), for_verdicts);
  for (std::size_t before = 0; before < at; ++before) {
    const EscrowAgent& other = config.escrow_agents[before];
    if (are_one(agent.verdicts, other.verdicts))
      tell("verdicts", fmt::format("{} has the same directory of verdicts", other.id),
           "whose verdict it is the directory tells: one for each");
    const bool one_door = are_one(agent.folder, other.folder) || is_one_address(agent.sftp, other.sftp);
    if (one_door && of_same_registrar(config, agent, other))
      tell(agent.sftp.empty() ? "folder" : "sftp",
           fmt::format("{} has the same folder, for deposits of the same IANA id", other.id),
           "their files have the same names: a folder for each");
  }
}

}  // namespace

void check_escrow_agent(const Config& config, std::size_t at, const TellSetting& tell) {
  const EscrowAgent& agent = config.escrow_agents[at];
  if (!agent.sftp.empty())
    if (const auto good = escrow::SftpDelivery::check_address(agent.sftp); !good)
      tell("sftp", good.error().context, "sftp://user@host:22/folder");
  if (agent.policies.empty())
    tell("policies", "policies is empty: no name would be deposited", "leave it out, or name the policies whose names are");
  check_mails(agent, tell);
  check_directories(config, at, tell);
}

}  // namespace regdata::app
