#include "app/registry_desk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "app/contact_desk.hpp"
#include "app/registry_line.hpp"

namespace regdata::app {
namespace {

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

Expected<epp::Dialect> registry_dialect(const Config::Registry& settings) {
  epp::Dialect dialect;
  for (const std::string& text : settings.namespaces) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size() ||
        text.find_first_of(" \t\"<>&") != std::string::npos)
      return make_error(Errc::configuration, fmt::format("registry {}: namespaces \"{}\" is none", settings.id, text),
                        "ours=theirs: \"urn:ietf:params:xml:ns:epp-1.0=https://epp.registry.test/epp\"");
    dialect.namespaces.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  for (const std::string& text : settings.sub_products) {
    const auto equals = text.find('=');
    const std::string tld = equals == std::string::npos ? "" : text.substr(0, equals);
    const std::string product = equals == std::string::npos ? text : text.substr(equals + 1);
    constexpr std::size_t longest_product = 64;
    const auto name = tld.empty() ? std::optional<std::string>() : std::optional(epp::as_name(tld));
    if (product.empty() || product.size() > longest_product || (equals != std::string::npos && (tld.empty() || *name != tld)))
      return make_error(Errc::configuration, fmt::format("registry {}: sub_products \"{}\" is none", settings.id, text),
                        "\"com=dotCOM\", in lower case, as A-labels");
    dialect.sub_products.push_back({tld, product});
  }
  return dialect;
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

Expected<epp::Greeting> talk(const Config::Registry& settings, std::vector<epp::Job> jobs, epp::Journal* journal,
                             const Clock& clock, const epp::OnDone& on_done) {
  return RegistryLine(settings, journal, clock, RegistryLine::Use::single).talk(std::move(jobs), on_done);
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

namespace {

/// Whose account it is; empty: there are several, and nothing says which.
std::string registrar_with(const Config& config, const Config::Registry& settings) {
  if (!settings.registrar.empty() || config.catalog.registrars.size() != 1) return settings.registrar;
  return config.catalog.registrars.front().id;
}

std::function<bool(const DomainName&)> names_of(const Config& config, const Config::Registry& settings) {
  return [&catalog = config.catalog, id = settings.id](const DomainName& name) {
    const Tld* const tld = catalog.tld_of(name);
    return tld != nullptr && tld->registry == id;
  };
}

}  // namespace

epp::ImportRules import_rules(const Config& config, const Config::Registry& settings) {
  return {.registry = settings.id,
          .account = settings.account,
          .registrar = registrar_with(config, settings),
          .prefix = settings.contact_prefix,
          .belongs = names_of(config, settings)};
}

epp::SyncRules sync_rules(const Config& config, const Config::Registry& settings) {
  const std::string lock = config.store.database.string() + ".poll-" + settings.id;
  return {.registry = settings.id,
          .account = settings.account,
          .registrar = registrar_with(config, settings),
          .prefix = settings.contact_prefix,
          .resolution = resolution_rules(settings),
          .look_again = settings.look_again,
          .belongs = names_of(config, settings),
          .hold_queue = [lock]() -> std::shared_ptr<void> {
            auto held = std::make_shared<FileLock>(lock);
            return held->is_held() ? held : nullptr;
          }};
}

}  // namespace regdata::app
