// Checks between settings: what each key may be by itself was checked when it was read.
#include <fmt/format.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <set>

#include "app/config.hpp"
#include "app/contact_desk.hpp"
#include "app/endpoint.hpp"
#include "app/escrow_check.hpp"
#include "app/escrow_desk.hpp"
#include "app/layout_options.hpp"
#include "app/nearest.hpp"
#include "app/registry_desk.hpp"
#include "registration/contact.hpp"
#include "whois/prefix.hpp"

namespace regdata::app {
namespace {

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

class Checker {
 public:
  Checker(const Config& config, const Origins& origins, ConfigProblems& problems)
      : config_(config), origins_(origins), problems_(problems) {}

  void listeners() {
    loopback("serve.admin", config_.serve.admin);
    for (const auto& listen : config_.whois.listen) take("whois.listen", parse_endpoint(listen));
    for (const auto& prefix : config_.whois.proxies) take("whois.proxies", whois::Prefix::parse(prefix));
    for (const auto& prefix : config_.whois.allow) take("whois.allow", whois::Prefix::parse(prefix));
    if (config_.whois.listen.empty())
      problem("whois.listen", "no address to listen on", "write listen = [\"[::]:43\", \"0.0.0.0:43\"]");
  }

  void http() {
    const auto& h = config_.http;
    for (const auto& listen : h.listen) take("http.listen", parse_endpoint(listen));
    for (const auto& listen : h.redirect) take("http.redirect", parse_endpoint(listen));
    for (const auto& listen : h.listen_plain) {
      const auto endpoint = parse_endpoint(listen);
      take("http.listen_plain", endpoint);
      if (endpoint && !endpoint->is_loopback()) {
        problem("http.listen_plain", fmt::format("http.listen_plain: \"{}\" is not a loopback address", listen),
                "RDAP in clear is for a proxy on this machine; others get HTTPS (Technical Implementation Guide 2024 §1.4)");
      }
    }
    for (const auto& prefix : h.proxies) take("http.proxies", whois::Prefix::parse(prefix));
    for (const auto& prefix : h.forwarders) take("http.forwarders", whois::Prefix::parse(prefix));
    for (const auto& prefix : h.allow) take("http.allow", whois::Prefix::parse(prefix));
    if (!h.listen.empty() && (h.certificate.empty() || h.private_key.empty()))
      problem("http.listen", "[http] listen needs certificate and private_key", "PEM files; the key not readable by everybody");
  }

  void worker() {
    loopback("worker.admin", config_.worker.admin);
    const bool file = !config_.keys.master_key_file.empty();
    const bool credential = !config_.keys.master_key_credential.empty();
    if (file == credential) {
      problem(file ? "keys.master_key_file" : "keys", "[keys] needs master_key_file or master_key_credential, and not both",
              "`regdata init` makes a key file; a systemd unit passes a credential by LoadCredential=");
    }
    if (config_.store.database == config_.store.keys) {
      problem("store.keys", "[store] database and keys are the same file", "data and keys rest and are backed up apart");
    }
    if (config_.store.region.empty())
      problem("store.region", "[store] region is empty", "name the region the data is kept in: \"EU\"");
  }

  void publication() {
    const auto& p = config_.publication;
    if (!is_url(p.contact_form, true) || p.contact_form.find("{name}") == std::string::npos) {
      problem("publication.contact_form", "[publication] contact_form must be an https URL with {name}",
              "https://registrar.example/contact?d={name}&r={role}");
    }
    if (!p.relay_domain.empty()) take("publication.relay_domain", DomainName::parse(p.relay_domain));
    const auto& h = config_.http;
    if (p.rdap_base.empty() && !(h.listen.empty() && h.listen_plain.empty() && h.redirect.empty())) {
      problem("publication.rdap_base", "[http] has addresses, and [publication] rdap_base is empty",
              "the https URL that is registered with IANA, ends in /");
    }
    for (const auto& [key, url] : {std::pair("terms_url", &p.terms_url), std::pair("disclosure_url", &p.disclosure_url)}) {
      if (!url->empty() && !is_url(*url, false))
        problem(fmt::format("publication.{}", key), fmt::format("[publication] {} must be an http or https URL", key));
    }
    if (!p.rdap_base.empty() && (!is_url(p.rdap_base, true) || p.rdap_base.back() != '/')) {
      problem("publication.rdap_base", "[publication] rdap_base must be an https URL that ends in /",
              "https://rdap.registrar.example/");
    }
    const bool printable =
        std::all_of(p.redacted_text.begin(), p.redacted_text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (p.redacted_text.empty() || p.redacted_text.size() > 60 || !printable) {
      problem("publication.redacted_text", "[publication] redacted_text must be 1 to 60 printable ASCII characters",
              "REDACTED, or REDACTED FOR PRIVACY (rules.md §3.4)");
    }
    if (auto layout = layout_bits(p.layout); !layout) take("publication.layout", Expected<std::uint32_t>(layout.error()));
  }

  void relay() {
    const auto& c = config_.contact;
    const auto& r = config_.relay;
    if (c.form && r.server.empty())
      problem("contact.form", "[contact] form is on, and [relay] has no server",
              "letters would wait for ever: name a mail server");
    if (c.form && config_.http.listen.empty() && config_.http.listen_plain.empty())
      problem("contact.form", "[contact] form is on, and [http] has no address", "the form is a page of the web server");
    if (c.form && !config_.page.offered)
      problem("contact.form", "[contact] form is on, and [page] offered is off",
              "the form is one of the pages: switch both on or off");
    if (c.form) contact_link();
    if (!config_.escrow.alert_to.empty() && r.server.empty())
      problem("escrow.alert_to", "[escrow] alert_to is set, and [relay] has no server", "alerts would wait for ever: name one");
    for (const std::string& to : config_.escrow.alert_to) take("escrow.alert_to", check_email(to));
    if (!r.bounce_domain.empty()) take("relay.bounce_domain", DomainName::parse(r.bounce_domain));
    if (r.server.empty()) return;
    take("relay.from", check_email(r.from));
    const auto colon = r.server.rfind(':');
    const std::string port = colon == std::string::npos ? "" : r.server.substr(colon + 1);
    const bool number = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
    const bool clean = r.server.find_first_of("/@ ?#") == std::string::npos;
    if (!number || !clean || colon == 0)
      problem("relay.server", "[relay] server must be host:port", "mail.registrar.example:587, or [::1]:25");
    if (r.tls == "none") {
      const auto endpoint = parse_endpoint(r.server);
      if (!endpoint || !endpoint->is_loopback())
        problem("relay.tls", "[relay] tls = \"none\" with a server that is not on this machine",
                "mail names people: it leaves this machine encrypted or not at all");
    }
    if (r.user_file.empty() != r.password_file.empty())
      problem("relay.user_file", "[relay] user_file and password_file belong together");
    const bool plain_name = std::all_of(r.hello.begin(), r.hello.end(), [](char k) {
      return (k >= 'a' && k <= 'z') || (k >= 'A' && k <= 'Z') || (k >= '0' && k <= '9') || k == '.' || k == '-';
    });
    if (!plain_name) problem("relay.hello", "[relay] hello must be a host name");
  }

  /// The published link must lead to the form: its path and its two fields. Whether its host is ours only the operator knows:
  /// `doctor` says where it differs from RDAP's.
  void contact_link() {
    const std::string& link = config_.publication.contact_form;
    const std::size_t query = link.find("/contact?");
    const bool complete = query != std::string::npos && link.find("d={name}", query) != std::string::npos &&
                          link.find("r={role}", query) != std::string::npos;
    if (!complete)
      problem("publication.contact_form", "[contact] form is on, and [publication] contact_form does not lead to it",
              "https://…/contact?d={name}&r={role}, on the host of rdap_base or one that leads to the same server");
  }

  void registrars() {
    const auto& list = config_.catalog.registrars;
    unique("registrar", list, [](const Registrar& r) { return r.id; });
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Registrar& r = list[i];
      const auto key = [&](std::string_view name) { return fmt::format("registrar[{}].{}", i, name); };
      identifier(key("id"), r.id);
      if (!is_url(r.url, false)) problem(key("url"), fmt::format("registrar {}: url must be an http or https URL", r.id));
      take(key("abuse_email"), check_email(r.abuse_email));
      take(key("abuse_phone"), check_phone(r.abuse_phone));
      if (!r.country.empty()) take(key("country"), check_country(r.country));
      if (!r.phone.empty()) take(key("phone"), check_phone(r.phone));
      if (!r.email.empty()) take(key("email"), check_email(r.email));
      if (!r.whois_server.empty()) take(key("whois_server"), DomainName::parse(r.whois_server));
    }
    if (list.empty())
      problem("", "no [[registrar]] is configured", "one for each accreditation: id, iana_id, name, url, abuse contact");
  }

  void tlds() {
    const auto& list = config_.catalog.tlds;
    unique("tld", list, [](const Tld& t) { return t.name; });
    std::vector<std::string> policies;
    for (const auto& policy : config_.policies) policies.push_back(policy.name);
    std::vector<std::string> registries;
    for (const auto& recipient : config_.catalog.recipients) {
      if (recipient.kind == RecipientKind::registry) registries.push_back(recipient.id);
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Tld& t = list[i];
      known(fmt::format("tld[{}].policy", i), fmt::format("tld {}: no [[policy]] is named \"{}\"", t.name, t.policy), t.policy,
            policies);
      known(fmt::format("tld[{}].registry", i),
            fmt::format("tld {}: no [[recipient]] of kind registry has the id \"{}\"", t.name, t.registry), t.registry,
            registries);
      // A label below a TLD that cannot exist: DomainName wants two labels at least.
      const auto checked = DomainName::parse("x." + t.name);
      if (!checked || checked->ascii() != "x." + t.name) {
        problem(fmt::format("tld[{}].name", i),
                fmt::format("\"{}\" is not a TLD in lower-case A-label form", t.name.substr(0, 64)),
                "write \"com\", \"co.test\" or \"xn--…\", without dots at the ends");
      }
      if (!t.whois && config_.publication.rdap_base.empty()) {
        problem(fmt::format("tld[{}].whois", i),
                fmt::format("tld {}: port 43 is off, and there is no RDAP service to point to", t.name),
                "set [publication] rdap_base");
      }
    }
    if (list.empty()) problem("", "no [[tld]] is configured", "one for each TLD: name, registry, policy");
  }

  void others() {
    unique("policy", config_.policies, [](const Config::PolicyFile& p) { return p.name; });
    unique("recipient", config_.catalog.recipients, [](const Recipient& r) { return r.id; });
    const auto& list = config_.catalog.privacy_services;
    unique("privacy_service", list, [](const PrivacyService& s) { return s.id; });
    for (std::size_t i = 0; i < list.size(); ++i) {
      const PrivacyService& s = list[i];
      const auto key = [&](std::string_view name) { return fmt::format("privacy_service[{}].{}", i, name); };
      identifier(key("id"), s.id);
      std::string email = s.email;
      if (const std::size_t token = email.find("{token}"); token != std::string::npos)
        email.replace(token, 7, "abcdefgh23456723");
      take(key("email"), check_email(email));
      take(key("country"), check_country(s.country));
      if (!s.phone.empty()) take(key("phone"), check_phone(s.phone));
      if (!s.fax.empty()) take(key("fax"), check_phone(s.fax));
    }
  }

  void registries() {
    std::vector<std::string> recipients;
    for (const auto& recipient : config_.catalog.recipients)
      if (recipient.kind == RecipientKind::registry) recipients.push_back(recipient.id);
    const auto& list = config_.registries;
    unique("registry", list, [](const Config::Registry& r) { return r.id; });
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Config::Registry& r = list[i];
      const auto key = [&](std::string_view name) { return fmt::format("registry[{}].{}", i, name); };
      known(key("id"), fmt::format("registry {}: no [[recipient]] of kind registry has that id", r.id), r.id, recipients);
      if (!r.address.empty()) take(key("address"), registry_endpoint(r));
      take(key("namespaces"), registry_dialect(r));
      if (!r.account.empty() && (r.account.size() < 3 || r.account.size() > 16))
        problem(key("account"), fmt::format("registry {}: an account has 3 to 16 characters (RFC 5730, clIDType)", r.id));
      if (r.account.empty() != r.password.empty())
        problem(key(r.account.empty() ? "account" : "password"),
                fmt::format("registry {}: account and password belong together", r.id));
      if (r.certificate.empty() != r.key.empty())
        problem(key(r.certificate.empty() ? "certificate" : "key"),
                fmt::format("registry {}: certificate and key belong together", r.id));
      if (r.sessions > 0 && r.sync_sessions > r.sessions)
        problem(key("sync_sessions"), fmt::format("registry {}: the account has only {} sessions", r.id, r.sessions),
                "leave one for operators' commands");
      std::vector<std::string> registrars;
      for (const auto& registrar : config_.catalog.registrars) registrars.push_back(registrar.id);
      if (!r.registrar.empty())
        known(key("registrar"), fmt::format("registry {}: no [[registrar]] has the id \"{}\"", r.id, r.registrar), r.registrar,
              registrars);
      check_contact_settings(r, [&](std::string_view setting, const std::string& why, const char* hint) {
        problem(key(setting), fmt::format("registry {}: {}", r.id, why), hint);
      });
    }
  }

  void escrow() {
    const std::string& suffix = config_.escrow.roid_suffix;
    if (suffix.empty() || suffix.size() > 8 || !std::ranges::all_of(suffix, is_letter_or_digit))
      problem("escrow.roid_suffix", "[escrow] roid_suffix must be 1 to 8 letters and digits (RFC 5730 §4.2)");
    const auto& list = config_.escrow_agents;
    unique("escrow_agent", list, [](const Config::EscrowAgent& a) { return a.id; });
    std::vector<std::string> recipients;
    for (const auto& recipient : config_.catalog.recipients)
      if (recipient.kind == RecipientKind::escrow_agent) recipients.push_back(recipient.id);
    std::vector<std::string> registrars;
    for (const auto& registrar : config_.catalog.registrars) registrars.push_back(registrar.id);
    std::vector<std::string> policies;
    for (const auto& policy : config_.policies) policies.push_back(policy.name);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Config::EscrowAgent& a = list[i];
      const auto key = [&](std::string_view name) { return fmt::format("escrow_agent[{}].{}", i, name); };
      identifier(key("id"), a.id);
      known(key("recipient"),
            fmt::format("escrow_agent {}: no [[recipient]] of kind escrow-agent has the id \"{}\"", a.id, a.recipient),
            a.recipient, recipients);
      known(key("registrar"), fmt::format("escrow_agent {}: no [[registrar]] has the id \"{}\"", a.id, a.registrar),
            a.registrar, registrars);
      for (const std::string& policy : a.policies)
        known(key("policies"), fmt::format("escrow_agent {}: no [[policy]] is named \"{}\"", a.id, policy), policy, policies);
      std::set<std::string_view> columns;
      for (const std::string& column : a.columns) {
        take(key("columns"), escrow::further_column(column));
        if (!columns.insert(column).second)
          problem(key("columns"), fmt::format("escrow_agent {}: the column {} is there twice", a.id, column));
      }
      const bool separates = std::ranges::any_of(a.street_separator, [](unsigned char c) { return c > ' '; }) &&
                             std::ranges::none_of(a.street_separator, [](unsigned char c) {
                               return c < ' ' || c == 0x7F || is_letter_or_digit(static_cast<char>(c));
                             });
      if (!separates)
        problem(key("street_separator"),
                fmt::format("escrow_agent {}: street_separator must be signs that no line of a street is made of", a.id),
                "no letters, digits, line ends or blanks alone: \", \" or \" | \"");
      if (a.specification.starts_with("rfc9022") && a.rows_per_file != Config::EscrowAgent().rows_per_file)
        problem(key("rows_per_file"),
                fmt::format("escrow_agent {}: a deposit by RFC 9022 is cut by size alone, wherever that falls", a.id),
                "leave rows_per_file out; megabytes_per_file limits what is sealed");
      if (a.specification != "2024" && !a.columns.empty())
        problem(key("columns"), fmt::format("escrow_agent {}: only the specification of 2024 has further columns", a.id),
                "leave columns empty: other deposits have all of them");
      if (!a.specification.starts_with("rfc9022") && a.between == "differential")
        problem(key("between"), fmt::format("escrow_agent {}: only RFC 9022 has differential deposits", a.id), "incremental");
      if (a.specification.starts_with("rfc9022") && a.when_missing != "hold")
        problem(key("when_missing"),
                fmt::format("escrow_agent {}: a deposit by RFC 9022 is not valid with empty elements", a.id),
                "when_missing = \"hold\"");
      const bool named =
          a.rde_name.size() <= 63 && std::ranges::all_of(a.rde_name, [](char c) { return is_letter_or_digit(c) || c == '-'; });
      if (!named) problem(key("rde_name"), fmt::format("escrow_agent {}: rde_name may have letters, digits and dashes", a.id));
      fingerprint(key("fingerprint"), a.fingerprint);
      former(a, key("switch_on"));
      if (!schedule_time(a.at))
        problem(key("at"), fmt::format("escrow_agent {}: at = \"{}\" is no time of the day", a.id, a.at.substr(0, 64)),
                "\"17:00\", in UTC");
      if (a.folder.empty() == a.sftp.empty())
        problem(key(a.sftp.empty() ? "folder" : "sftp"), fmt::format("escrow_agent {}: folder or sftp, one of the two", a.id),
                "where deposits are delivered to");
      if (!a.sftp.empty() && (a.ssh_key.empty() || a.host_key.empty()))
        problem(key("sftp"), fmt::format("escrow_agent {}: sftp needs ssh_key and host_key", a.id),
                "without the server's key anybody could take the deposit (RFC 9022 §12)");
      check_escrow_agent(config_, i, [&](std::string_view setting, const std::string& why, const char* hint) {
        problem(key(setting), fmt::format("escrow_agent {}: {}", a.id, why), hint);
      });
    }
  }

 private:
  /// The former certificate, its fingerprint and the day belong together.
  void former(const Config::EscrowAgent& a, const std::string& key) {
    const bool none = a.former_certificate.empty() && a.former_fingerprint.empty() && a.switch_on.empty();
    if (none) return;
    if (a.former_certificate.empty() || a.former_fingerprint.empty() || a.switch_on.empty())
      return problem(
          key, fmt::format("escrow_agent {}: former_certificate, former_fingerprint and switch_on belong together", a.id));
    if (a.switch_on.size() != 10 || !parse_rfc3339(a.switch_on + "T00:00:00Z"))
      problem(key, fmt::format("escrow_agent {}: switch_on must be a day", a.id), "2027-01-21");
    fingerprint(key, a.former_fingerprint);
  }

  void fingerprint(const std::string& key, const std::string& text) {
    std::size_t digits = 0;
    bool hex = true;
    for (const char c : text) {
      if (c == ' ' || c == ':') continue;
      ++digits;
      hex = hex && ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    }
    if (!hex || (digits != 40 && digits != 64))
      problem(key, fmt::format("{}: no fingerprint of an OpenPGP certificate", key),
              "40 hexadecimal digits (version 4) or 64 (version 6), as the agent tells them");
  }

  void problem(const std::string& key, std::string_view context, std::string hint = {}) {
    const auto origin = origins_.find(key);
    const std::string where = origin == origins_.end() ? "" : origin->second + ": ";
    problems_.push_back(make_error(Errc::configuration, where + std::string(context), std::move(hint)));
  }

  template <class T>
  void take(const std::string& key, const Expected<T>& checked) {
    if (!checked) problem(key, fmt::format("{}: {}", key, checked.error().context), checked.error().hint);
  }

  void known(const std::string& key, std::string_view context, std::string_view word, const std::vector<std::string>& words) {
    if (std::find(words.begin(), words.end(), word) != words.end()) return;
    const auto guess = nearest(word, words);
    problem(key, context, guess ? fmt::format("did you mean \"{}\"?", *guess) : "");
  }

  void identifier(const std::string& key, std::string_view id) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (id.empty() || id.size() > 32 || !std::all_of(id.begin(), id.end(), fits)) {
      problem(key, fmt::format("\"{}\" is not an id", id.substr(0, 64)), "1 to 32 of a-z, 0-9 and -");
    }
  }

  template <class List, class Key>
  void unique(std::string_view section, const List& list, Key key) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string id = key(list[i]);
      if (!seen.insert(id).second)
        problem(fmt::format("{}[{}]", section, i), fmt::format("[[{}]] \"{}\" stands twice", section, id));
    }
  }

  void loopback(const std::string& key, const std::string& text) {
    if (text.empty()) return;
    const auto endpoint = parse_endpoint(text);
    take(key, endpoint);
    if (endpoint && !endpoint->is_loopback()) {
      problem(key, fmt::format("{}: \"{}\" is not a loopback address", key, text),
              "metrics and health stay on this machine: 127.0.0.1 or [::1]");
    }
  }

  static bool is_url(std::string_view text, bool https_only) {
    std::string bare(text);
    for (const std::string_view mark : {"{name}", "{role}"}) {
      for (std::size_t at = 0; (at = bare.find(mark, at)) != std::string::npos;) bare.replace(at, mark.size(), "x");
    }
    const auto url = boost::urls::parse_absolute_uri(bare);
    if (!url || url->host().empty()) return false;
    return url->scheme() == "https" || (!https_only && url->scheme() == "http");
  }

  const Config& config_;
  const Origins& origins_;
  ConfigProblems& problems_;
};

}  // namespace

void check_config(const Config& config, const Origins& origins, Scope scope, ConfigProblems& problems) {
  Checker check(config, origins, problems);
  check.listeners();
  check.http();
  if (scope == Scope::serve) return;
  check.worker();
  check.publication();
  check.relay();
  check.registrars();
  check.tlds();
  check.others();
  check.escrow();
  check.registries();
}

}  // namespace regdata::app
