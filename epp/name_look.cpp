#include "epp/name_look.hpp"

#include "epp/ask_all.hpp"
#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

/// Of a host that lies in one of the names.
struct GlueQuestion {
  std::size_t of = 0;  ///< the name
  std::string host;
};

}  // namespace

Expected<SeenNames> look_at_names(const std::vector<DomainName>& names, const std::string& account, const Talk& talk) {
  SeenNames seen;
  if (names.empty()) return seen;
  for (const DomainName& name : names) seen.names.push_back({name, {}});
  const auto greeting = ask_all(
      names.size(),
      [&](std::size_t number) -> Command {
        return DomainInfo{names[number].ascii(), "all", {}};
      },
      talk,
      [&](std::size_t number, const Outcome& outcome) {
        seen.names[number].observation = observe(outcome, names[number], account);
      });
  if (!greeting) return greeting.error();
  seen.knows_ds = greeting->services.extensions.contains(std::string(sec_dns_namespace));
  std::vector<GlueQuestion> questions;
  for (std::size_t number = 0; number < names.size(); ++number)
    if (const auto& data = seen.names[number].observation.data)
      for (std::string& host : glue_hosts(*data)) questions.push_back({number, std::move(host)});
  if (questions.empty()) return seen;
  const auto asked = ask_all(
      questions.size(), [&](std::size_t number) -> Command { return HostInfo{questions[number].host}; }, talk,
      [&](std::size_t number, const Outcome& outcome) {
        SeenName& one = seen.names[questions[number].of];
        auto host =
            outcome.response && outcome.response->is_success() ? read_host(*outcome.response) : Expected<HostData>(outcome.why);
        if (host)
          one.glue.push_back(std::move(*host));
        else
          one.glue_is_told = false;
      });
  if (!asked) return asked.error();
  return seen;
}

}  // namespace regdata::epp
