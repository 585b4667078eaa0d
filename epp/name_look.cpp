#include "epp/name_look.hpp"

#include "epp/namespaces.hpp"

namespace regdata::epp {

Expected<SeenNames> look_at_names(const std::vector<DomainName>& names, const std::string& account, const Talk& talk) {
  SeenNames seen;
  std::vector<Job> jobs;
  for (const DomainName& name : names) {
    seen.names.push_back({name, {}});
    jobs.push_back({DomainInfo{name.ascii(), "all", {}}});
  }
  std::vector<std::size_t> glue_of;  // of each question for a host, behind those for names: the name that it belongs to
  const auto greeting = talk(std::move(jobs), [&](std::size_t number, Outcome outcome) -> Expected<std::vector<Job>> {
    std::vector<Job> next;
    if (number >= names.size()) {
      SeenName& one = seen.names.at(glue_of.at(number - names.size()));
      const auto host =
          outcome.response && outcome.response->is_success() ? read_host(*outcome.response) : Expected<HostData>(outcome.why);
      if (host)
        one.glue.push_back(*host);
      else
        one.glue_is_told = false;
      return next;
    }
    Observation& observation = seen.names[number].observation;
    observation = observe(outcome, names[number], account);
    if (!observation.data) return next;
    for (const std::string& host : glue_hosts(*observation.data)) {
      glue_of.push_back(number);
      next.push_back({HostInfo{host}});
    }
    return next;
  });
  if (!greeting) return greeting.error();
  seen.knows_ds = greeting->services.extensions.contains(std::string(sec_dns_namespace));
  return seen;
}

}  // namespace regdata::epp
