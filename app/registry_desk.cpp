#include "app/registry_desk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "app/contact_desk.hpp"
#include "app/registry_password.hpp"
#include "app/version.hpp"
#include "epp/journaled_session.hpp"
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

/// Until it goes, or the process does.
class FileLock {
 public:
  explicit FileLock(const std::string& file) : descriptor_(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] bool is_held() const noexcept { return descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int descriptor_;
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

namespace {

epp::SessionRules session_rules(const Config::Registry& settings, bool only_hello) {
  epp::SessionRules rules;
  rules.account = only_hello ? "" : settings.account;
  rules.language = settings.language;
  rules.known = known_services();
  rules.software = fmt::format("regdata {}", version);
  rules.query_window = settings.query_window;
  rules.transform_window = settings.transform_window;
  rules.checks_client_id = settings.checks_client_id;
  rules.query_time = settings.query_time;
  rules.transform_time = settings.transform_time;
  return rules;
}

/// Until all of a window must have been answered, and a little for the way.
epp::Milliseconds answer_time(const Config::Registry& settings) {
  return settings.transform_window * settings.transform_time + std::chrono::seconds(5);
}

}  // namespace

namespace {

Expected<epp::TlsClient> tls_for(const Config::Registry& settings, const epp::Endpoint& endpoint) {
  return epp::TlsClient::make({.server_name = settings.server_name.empty() ? endpoint.host : settings.server_name,
                               .authorities = settings.authorities,
                               .certificate = settings.certificate,
                               .key = settings.key});
}

}  // namespace

LoginTried log_in(const Config::Registry& settings, epp::Password password, epp::Password to) {
  LoginTried tried;
  auto endpoint = registry_endpoint(settings);
  if (!endpoint) tried.trouble = endpoint.error();
  if (!endpoint) return tried;
  const auto tls = tls_for(settings, *endpoint);
  if (!tls) tried.trouble = tls.error();
  if (!tls) return tried;
  ClientIds ids;
  epp::Session session(
      session_rules(settings, false), std::move(password), [&] { return ids.next(); }, std::chrono::steady_clock::now());
  session.change_password(std::move(to));
  session.drain();
  boost::asio::io_context io;
  epp::Connection connection(io, session, std::move(*endpoint), *tls, {});
  connection.start();
  io.run();
  tried.was_said = session.greeting().has_value();
  if (session.login_answer()) {
    tried.code = session.login_answer()->code();
    tried.events = epp::login_events(*session.login_answer());
    if (session.login_answer()->is_success()) return tried;  // whatever became of the logout
  }
  tried.trouble = session.trouble().value_or(make_error(Errc::unavailable, "the registry did not answer the login"));
  return tried;
}

Expected<epp::Greeting> talk(const Config::Registry& settings, std::vector<epp::Job> jobs, epp::Journal* journal,
                             const Clock& clock, const epp::OnDone& on_done) {
  const bool only_hello = jobs.empty();
  auto endpoint = registry_endpoint(settings);
  if (!endpoint) return endpoint.error();
  if (!only_hello && settings.account.empty())
    return make_error(Errc::configuration, fmt::format("registry {} has no account", settings.id),
                      "[[registry]] account and password");
  epp::Password password;
  if (!only_hello) {
    if (auto settled = settle_password(settings, clock); !settled) return settled.error();
    auto read = epp::read_password(settings.password);
    if (!read) return read.error();
    password = std::move(*read);
  }
  const auto tls = tls_for(settings, *endpoint);
  if (!tls) return tls.error();
  ClientIds ids;
  const auto next_id = [&] { return ids.next(); };
  epp::Session session(session_rules(settings, only_hello), std::move(password), next_id, std::chrono::steady_clock::now());
  epp::JournaledSession journaled(session, journal,
                                  {.registry = settings.id,
                                   .account = settings.account,
                                   .window = settings.transform_window,
                                   .answer_time = answer_time(settings)},
                                  next_id, clock);
  std::size_t waiting = jobs.size();
  const auto submit = [&](std::vector<epp::Job> more) {
    for (epp::Job& job : more) journaled.submit(std::move(job));
  };
  submit(std::move(jobs));
  if (waiting == 0) journaled.drain();
  bool was_ready = false;
  std::optional<Error> failed;
  boost::asio::io_context io;
  epp::Connection connection(io, session, std::move(*endpoint), *tls, [&] {
    was_ready = was_ready || session.is_ready();
    journaled.settle();
    for (auto done = journaled.take_done(); !done.empty(); done = journaled.take_done()) {
      for (epp::Session::Done& one : done) {
        --waiting;
        if (!was_ready || failed) continue;
        auto more = on_done(static_cast<std::size_t>(one.ticket) - 1, std::move(one.outcome));
        if (!more) {
          failed = more.error();
          journaled.give_up(*failed);
          continue;
        }
        waiting += more->size();
        submit(std::move(*more));
      }
      if (waiting == 0) journaled.drain();
      journaled.settle();
    }
  });
  connection.start();
  io.run();
  if (failed) return *failed;
  if (session.trouble() && !was_ready) return *session.trouble();
  if (!session.greeting()) return make_error(Errc::unavailable, "the registry said nothing");
  return *session.greeting();
}

Expected<Conversation> converse(const Config::Registry& settings, std::vector<epp::Job> jobs, epp::Journal* journal,
                                const Clock& clock) {
  Conversation conversation;
  conversation.outcomes.resize(jobs.size());
  auto greeting = talk(settings, std::move(jobs), journal, clock,
                       [&](std::size_t number, epp::Outcome outcome) -> Expected<std::vector<epp::Job>> {
                         conversation.outcomes.at(number) = std::move(outcome);
                         return std::vector<epp::Job>();
                       });
  if (!greeting) return greeting.error();
  conversation.greeting = std::move(*greeting);
  return conversation;
}

epp::Talk queries_to(const Config::Registry& settings, Clock clock) {
  return [&settings, clock = std::move(clock)](std::vector<epp::Job> jobs, const epp::OnDone& on_done) {
    return talk(settings, std::move(jobs), nullptr, clock, on_done);
  };
}

epp::Talk talk_to(const Config::Registry& settings, epp::Journal& journal, Clock clock) {
  return [&settings, &journal, clock = std::move(clock)](std::vector<epp::Job> jobs, const epp::OnDone& on_done) {
    return talk(settings, std::move(jobs), &journal, clock, on_done);
  };
}

epp::ResolutionRules resolution_rules(const Config::Registry& settings) {
  epp::ResolutionRules rules;
  rules.times = {.settle = settings.settle_time, .second_look = settings.second_look_time};
  if (settings.data_model == "thick") rules.disclosure = disclosure_rules(settings);
  return rules;
}

epp::SyncRules sync_rules(const Config& config, const Config::Registry& settings) {
  const std::string lock = config.store.database.string() + ".poll-" + settings.id;
  return {.registry = settings.id,
          .account = settings.account,
          .resolution = resolution_rules(settings),
          .look_again = settings.look_again,
          .belongs =
              [&catalog = config.catalog, id = settings.id](const DomainName& name) {
                const Tld* const tld = catalog.tld_of(name);
                return tld != nullptr && tld->registry == id;
              },
          .hold_queue = [lock]() -> std::shared_ptr<void> {
            auto held = std::make_shared<FileLock>(lock);
            return held->is_held() ? held : nullptr;
          }};
}

}  // namespace regdata::app
