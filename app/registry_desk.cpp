#include "app/registry_desk.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "app/version.hpp"
#include "epp/namespaces.hpp"

namespace regdata::app {
namespace {

/// What we understand, and so log in with where the registry offers it.
epp::Services known_services() {
  return {{std::string(epp::domain_namespace), std::string(epp::host_namespace), std::string(epp::contact_namespace)},
          {std::string(epp::sec_dns_namespace), std::string(epp::rgp_namespace), std::string(epp::login_sec_namespace)}};
}

/// Never given before: by chance, and counted (epp.md §1.2).
class ClientIds {
 public:
  ClientIds() { randombytes_buf(&start_, sizeof start_); }
  std::string next() { return fmt::format("RD-{:016x}-{}", start_, ++count_); }

 private:
  std::uint64_t start_ = 0;
  std::uint64_t count_ = 0;
};

/// Host and port; empty: it is none.
std::optional<std::pair<std::string_view, std::string_view>> host_and_port(std::string_view text) {
  std::string_view host = text.substr(0, text.find(':'));
  std::string_view rest = text.substr(host.size());
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  }
  if (host.empty() || host.find_first_of(" /\"") != std::string_view::npos) return std::nullopt;
  if (rest.empty()) return std::pair(host, std::string_view("700"));
  if (rest[0] != ':') return std::nullopt;
  return std::pair(host, rest.substr(1));
}

}  // namespace

Expected<epp::Endpoint> registry_endpoint(const Config::Registry& settings) {
  epp::Endpoint endpoint;
  const auto parts = host_and_port(settings.address);
  bool good = parts.has_value();
  if (good) {
    endpoint.host = parts->first;
    const std::string_view port = parts->second;
    const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    good = failure == std::errc{} && end == port.data() + port.size() && endpoint.port > 0;
  }
  if (!good)
    return make_error(Errc::configuration, fmt::format("registry {}: address \"{}\" is none", settings.id, settings.address),
                      "\"epp.registry.test:700\", or an address: \"[2001:db8::1]:700\"");
  endpoint.source_address = settings.source_address;
  return endpoint;
}

Expected<const Config::Registry*> registry_settings(const Config& config, const std::string& id) {
  if (config.registries.empty())
    return make_error(Errc::configuration, "no [[registry]] is configured",
                      "docs/epp.md; `regdata epp sandbox` is one to rehearse with");
  if (id.empty() && config.registries.size() == 1) return &config.registries.front();
  std::string known;
  for (const Config::Registry& one : config.registries) {
    if (one.id == id) return &one;
    known += (known.empty() ? "" : ", ") + one.id;
  }
  return make_error(Errc::usage,
                    id.empty() ? std::string("which registry: several are configured")
                               : fmt::format("no [[registry]] has the id \"{}\"", id.substr(0, 64)),
                    fmt::format("one of {}", known));
}

Expected<Conversation> converse(const Config::Registry& settings, std::vector<epp::Command> commands, bool only_hello) {
  const bool queries =
      std::ranges::all_of(commands, [](const epp::Command& one) { return class_of(one) == epp::CommandClass::query; });
  if (!queries) return make_error(Errc::internal, "only queries are said without a journal");
  auto endpoint = registry_endpoint(settings);
  if (!endpoint) return endpoint.error();
  if (!only_hello && settings.account.empty())
    return make_error(Errc::configuration, fmt::format("registry {} has no account", settings.id),
                      "[[registry]] account and password");
  epp::Password password;
  if (!only_hello) {
    auto read = epp::read_password(settings.password);
    if (!read) return read.error();
    password = std::move(*read);
  }
  const auto tls = epp::TlsClient::make({.server_name = settings.server_name.empty() ? endpoint->host : settings.server_name,
                                         .authorities = settings.authorities,
                                         .certificate = settings.certificate,
                                         .key = settings.key});
  if (!tls) return tls.error();
  ClientIds ids;
  epp::SessionRules rules;
  rules.account = only_hello ? "" : settings.account;
  rules.language = settings.language;
  rules.known = known_services();
  rules.software = fmt::format("regdata {}", version);
  rules.query_window = settings.query_window;
  rules.checks_client_id = settings.checks_client_id;
  rules.query_time = settings.query_time;
  rules.transform_time = settings.transform_time;
  epp::Session session(
      std::move(rules), std::move(password), [&] { return ids.next(); }, std::chrono::steady_clock::now());
  std::vector<std::uint64_t> tickets;
  tickets.reserve(commands.size());
  for (epp::Command& command : commands) tickets.push_back(session.submit(std::move(command)));
  session.drain();
  Conversation conversation;
  conversation.outcomes.resize(tickets.size());
  boost::asio::io_context io;
  epp::Connection connection(io, session, std::move(*endpoint), *tls, [&] {
    for (epp::Session::Done& done : session.take_done()) {
      const auto at = std::ranges::find(tickets, done.ticket) - tickets.begin();
      conversation.outcomes.at(static_cast<std::size_t>(at)) = std::move(done.outcome);
    }
  });
  connection.start();
  io.run();
  const bool answered = !tickets.empty() && conversation.outcomes.front().kind == epp::Outcome::Kind::answered;
  if (session.trouble() && !answered) return *session.trouble();
  if (!session.greeting()) return make_error(Errc::unavailable, "the registry said nothing");
  conversation.greeting = *session.greeting();
  return conversation;
}

}  // namespace regdata::app
