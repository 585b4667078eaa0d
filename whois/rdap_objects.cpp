// Name servers, our own registrars, help and errors (RFC 9083 §5.1, §5.2, §6, §7).
#include <fmt/format.h>

#include <algorithm>

#include "whois/published.hpp"
#include "whois/rdap_parts.hpp"

namespace regdata::whois {
namespace {

void append_last_update(RdapAnswer& answer) {
  answer.json.begin_array("events");
  answer.last_update();
  answer.json.end_array();
}

void append_terms(RdapAnswer& answer) {
  answer.json.begin_array("notices");
  answer.terms_notice();
  answer.json.end_array();
}

void append_addresses(RdapAnswer& answer, const redaction::PublicHost& host) {
  if (host.addresses.empty()) return;
  answer.json.begin_object("ipAddresses");
  for (const bool six : {false, true}) {
    const auto of_family = [six](const std::string& address) { return (address.find(':') != std::string::npos) == six; };
    if (std::none_of(host.addresses.begin(), host.addresses.end(), of_family)) continue;
    answer.json.begin_array(six ? "v6" : "v4");
    for (const std::string& address : host.addresses)
      if (of_family(address)) answer.json.text(address);
    answer.json.end_array();
  }
  answer.json.end_object();
}

std::string budget_text(std::string_view what, const Budget& budget) {
  if (budget.per_minute == 0) return fmt::format("{}: no limit", what);
  return fmt::format("{}: {} a minute, {} in a row", what, budget.per_minute, budget.burst);
}

void append_limits_notice(RdapAnswer& answer, const RateLimits& limits) {
  JsonWriter& json = answer.json;
  json.begin_object();
  json.member("title", "Rate Limits");
  json.begin_array("description");
  json.text(budget_text("Queries for each IPv4 address and each IPv6 /64", limits.queries));
  json.text(budget_text("Answers that nothing is held here", limits.no_matches));
  json.text(budget_text("Answers with personal data that its holder chose to show", limits.personal));
  json.text(fmt::format("An IPv4 /24 and an IPv6 /48 may use {} times as much", limits.wide_factor));
  json.text("Over a limit the answer is 429 with Retry-After in seconds; every block ends by itself");
  json.end_array();
  json.end_object();
}

}  // namespace

void append_rdap_host(std::string& out, const redaction::PublicHost& host, const RdapFrame& frame, Stamp& stamp) {
  RdapAnswer answer(out, frame, stamp);
  answer.begin(false, {});
  answer.host_name(host.name);
  answer.self_link("nameserver/", host.name);
  append_addresses(answer, host);
  append_last_update(answer);
  if (const Registrar* registrar = registrar_of(frame.texts, host.registrar)) {
    answer.json.begin_array("entities");
    answer.registrar(*registrar);
    answer.json.end_array();
  }
  append_terms(answer);
  answer.json.end_object();
}

void append_rdap_registrar(std::string& out, const Registrar& registrar, const RdapFrame& frame, Stamp& stamp) {
  RdapAnswer answer(out, frame, stamp);
  answer.begin(false, "entity");
  std::string asked;
  append_json_string(asked, frame.url);
  append_registrar_members(answer.json, frame.texts, registrar, true, asked);
  append_last_update(answer);
  append_terms(answer);
  answer.json.end_object();
}

void append_rdap_help(std::string& out, const RateLimits& limits, const RdapFrame& frame) {
  Stamp none;
  RdapAnswer answer(out, frame, none);
  answer.begin(false, {});
  answer.json.begin_array("notices");
  answer.terms_notice();
  answer.notice("Usage",
                "domain/NAME for names that we sponsor, nameserver/HOST for hosts below them, entity/IANA-ID for our own "
                "registrars; A- or U-labels, not both in one name. There are no searches.",
                "help", frame.texts.terms_url.empty() ? std::string_view("https://icann.org/rdap") : frame.texts.terms_url);
  answer.notice("Withheld Data",
                "Personal data is withheld unless its holder chose to show it; \"redacted\" names each element and the rule. "
                "The contact-uri or e-mail of an entity reaches the holder.",
                "related", frame.texts.disclosure_url);
  append_limits_notice(answer, limits);
  answer.json.end_array();
  answer.json.end_object();
}

void append_rdap_error(std::string& out, std::uint16_t status, std::string_view title, std::string_view description) {
  JsonWriter json(out);
  json.begin_object();
  json.key("rdapConformance");
  json.raw(R"(["rdap_level_0","icann_rdap_response_profile_1","icann_rdap_technical_implementation_guide_1"])");
  json.key("errorCode");
  json.number(std::uint64_t{status});
  json.member("title", title);
  json.begin_array("description");
  json.text(description);
  json.end_array();
  json.end_object();
}

}  // namespace regdata::whois
