#include "app/registry_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <thread>
#include <utility>

#include "app/registry_desk.hpp"
#include "app/registry_password.hpp"
#include "app/version.hpp"
#include "epp/connection.hpp"
#include "epp/journaled_session.hpp"
#include "epp/namespaces.hpp"

namespace regdata::app {
namespace {

/// Of the turns that a registry gives an account: what is left is for an operator's commands.
constexpr double workers_share = 0.8;
/// For which an operator's command waits until one of the account's sessions is free.
constexpr std::chrono::seconds slot_patience{10};
constexpr std::chrono::seconds logout_patience{2};

/// What we understand, and so log in with where the registry offers it.
epp::Services known_services() {
  epp::Services known;
  for (const std::string_view uri : {epp::domain_namespace, epp::host_namespace, epp::contact_namespace, epp::org_namespace,
                                     epp::maintenance_namespace, epp::rgp_poll_namespace, epp::low_balance_namespace})
    known.objects.emplace(uri);
  for (const std::string_view uri :
       {epp::sec_dns_namespace, epp::rgp_namespace, epp::login_sec_namespace, epp::change_poll_namespace, epp::fee_namespace,
        epp::launch_namespace, epp::token_namespace, epp::org_ext_namespace, epp::maintenance_namespace,
        epp::unhandled_namespace, epp::secure_auth_info_namespace, epp::idn_namespace, epp::name_store_namespace,
        epp::expiry_sync_namespace, epp::rgp_poll_namespace, epp::low_balance_namespace})
    known.extensions.emplace(uri);
  return known;
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

epp::SessionRules session_rules(const Config::Registry& settings, bool only_hello) {
  epp::SessionRules rules;
  rules.account = only_hello ? "" : settings.account;
  rules.language = settings.language;
  rules.known = known_services();
  for (const std::string& uri : settings.without_extensions) {
    rules.known.extensions.erase(uri);
    rules.known.objects.erase(uri);  // some registries offer extensions as objects
  }
  if (auto dialect = registry_dialect(settings)) rules.dialect = std::move(*dialect);  // else `config check` has refused it
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

Expected<epp::TlsClient> tls_for(const Config::Registry& settings, const epp::Endpoint& endpoint) {
  return epp::TlsClient::make({.server_name = settings.server_name.empty() ? endpoint.host : settings.server_name,
                               .authorities = settings.authorities,
                               .certificate = settings.certificate,
                               .key = settings.key});
}

/// One of the sessions that an account may have at a time, on this machine: a name that the system gives once, and takes back
/// when the process ends, however it does.
class SessionSlot {
 public:
  static Expected<SessionSlot> none() { return SessionSlot(-1); }
  static Expected<SessionSlot> take(const Config::Registry& settings, std::chrono::milliseconds patience) {
    if (settings.sessions == 0) return SessionSlot(-1);
    const auto end = std::chrono::steady_clock::now() + patience;
    while (true) {
      for (unsigned number = 1; number <= settings.sessions; ++number)
        if (const int descriptor = bound(settings, number); descriptor >= 0) return SessionSlot(descriptor);
      if (std::chrono::steady_clock::now() >= end) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return make_error(
        Errc::unavailable,
        fmt::format("all {} sessions that {} may have with {} are in use", settings.sessions, settings.account, settings.id),
        "`regdata run` keeps one; try again, or raise `sessions` if the registry lets you");
  }
  SessionSlot(SessionSlot&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  SessionSlot& operator=(SessionSlot&&) = delete;
  ~SessionSlot() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

 private:
  explicit SessionSlot(int descriptor) : descriptor_(descriptor) {}

  /// A socket with that name; -1: another one has it.
  static int bound(const Config::Registry& settings, unsigned number) {
    const std::string whose = settings.address + "\n" + settings.account;
    std::array<unsigned char, 16> digest{};
    crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(whose.data()), whose.size(),
                       nullptr, 0);
    const std::string name = fmt::format("regdata-session-{:02x}-{}", fmt::join(digest, ""), number);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, sizeof address.sun_path - 1);  // behind a zero octet: no file
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor >= 0 && ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) == 0) return descriptor;
    if (descriptor >= 0) ::close(descriptor);
    return -1;
  }

  int descriptor_;
};

}  // namespace

/// A session, and the talk that is under way over it.
struct RegistryLine::Open {
  Open(const Config::Registry& settings, epp::Password password, epp::Journal* journal, const Clock& clock, epp::Pace& pace,
       epp::Endpoint endpoint, epp::TlsClient by, SessionSlot taken, bool only_hello)
      : slot(std::move(taken)),
        tls(std::move(by)),
        session(
            paced(session_rules(settings, only_hello), pace), std::move(password), [this] { return ids.next(); },
            std::chrono::steady_clock::now()),
        journaled(
            session, journal,
            {.registry = settings.id,
             .account = settings.account,
             .window = settings.transform_window,
             .answer_time = answer_time(settings)},
            [this] { return ids.next(); }, clock),
        connection(io, session, std::move(endpoint), tls, [this] { settle(); }) {
    connection.start();
  }

  static epp::SessionRules paced(epp::SessionRules rules, epp::Pace& pace) {
    rules.pace = &pace;
    return rules;
  }

  void submit(std::vector<epp::Job> jobs) {
    waiting += jobs.size();
    for (epp::Job& job : jobs) last_ticket = journaled.submit(std::move(job));
  }

  void settle() {
    was_ready = was_ready || session.is_ready();
    journaled.settle();
    for (auto done = journaled.take_done(); !done.empty(); done = journaled.take_done()) {
      for (epp::Session::Done& one : done) {
        --waiting;
        if (!was_ready || failed || on_done == nullptr) continue;
        auto more = (*on_done)(static_cast<std::size_t>(one.ticket - before) - 1, std::move(one.outcome));
        if (!more) {
          failed = more.error();
          journaled.give_up(*failed);
          continue;
        }
        submit(std::move(*more));
      }
      if (waiting == 0 && !stays) journaled.drain();
      journaled.settle();
    }
  }

  /// Until the talk is over, or the session is.
  void run() {
    while (!session.is_over() && (waiting > 0 || !stays || failed))
      if (io.run_one() == 0) break;
  }
  /// Logs out.
  void close(std::chrono::milliseconds patience) {
    stays = false;
    on_done = nullptr;
    journaled.drain();
    connection.wake();
    io.run_for(patience);
  }

  SessionSlot slot;
  epp::TlsClient tls;
  ClientIds ids;
  epp::Session session;
  epp::JournaledSession journaled;
  boost::asio::io_context io;
  epp::Connection connection;
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  const epp::OnDone* on_done = nullptr;
  std::uint64_t before = 0;  ///< the last ticket of the talk before
  std::uint64_t last_ticket = 0;
  std::size_t waiting = 0;
  bool stays = false;
  bool was_ready = false;
  std::optional<Error> failed;
};

RegistryLine::RegistryLine(const Config::Registry& settings, epp::Journal* journal, Clock clock, Use use, double share)
    : settings_(settings),
      journal_(journal),
      clock_(std::move(clock)),
      use_(use),
      pace_({.queries_per_minute = settings.queries_per_minute,
             .transforms_per_minute = settings.transforms_per_minute,
             .share = share * (use == Use::kept ? workers_share : 1 - workers_share)}) {}

RegistryLine::~RegistryLine() { rest(); }

void RegistryLine::rest() {
  if (open_) open_->close(logout_patience);
  open_.reset();
}

Expected<std::unique_ptr<RegistryLine::Open>> RegistryLine::open(bool only_hello) {
  auto endpoint = registry_endpoint(settings_);
  if (!endpoint) return endpoint.error();
  if (!only_hello && settings_.account.empty())
    return make_error(Errc::configuration, fmt::format("registry {} has no account", settings_.id),
                      "[[registry]] account and password");
  auto tls = tls_for(settings_, *endpoint);
  if (!tls) return tls.error();
  const bool waits = use_ == Use::single && !only_hello;
  auto slot = SessionSlot::take(settings_, waits ? std::chrono::milliseconds(slot_patience) : std::chrono::milliseconds(0));
  if (!slot) return slot.error();
  epp::Password password;
  if (!only_hello) {
    if (auto settled = settle_password(settings_, clock_, LoginSlot::held); !settled) return settled.error();
    auto read = epp::read_password(settings_.password);
    if (!read) return read.error();
    password = std::move(*read);
  }
  return std::make_unique<Open>(settings_, std::move(password), journal_, clock_, pace_, std::move(*endpoint), std::move(*tls),
                                std::move(*slot), only_hello);
}

void RegistryLine::let_go_of_old() {
  if (!open_) return;
  open_->io.poll();  // hears that the registry has closed it meanwhile
  if (!open_->session.is_over()) {
    if (std::chrono::steady_clock::now() < open_->begun + settings_.session_age) return;
    open_->close(logout_patience);
  }
  open_.reset();
}

bool RegistryLine::stands() {
  let_go_of_old();
  return open_ != nullptr;
}

Expected<epp::Greeting> RegistryLine::talk(std::vector<epp::Job> jobs, const epp::OnDone& on_done) {
  const bool only_hello = jobs.empty();
  if (only_hello && open_) open_.reset();
  let_go_of_old();
  if (!open_) {
    auto opened = open(only_hello);
    if (!opened) return opened.error();
    open_ = std::move(*opened);
  }
  Open& line = *open_;
  line.stays =
      use_ == Use::kept && !only_hello && settings_.session_age.count() > 0 && settings_.poll * 2 <= settings_.idle_limit;
  line.on_done = &on_done;
  line.before = line.last_ticket;
  line.submit(std::move(jobs));
  if (only_hello) line.journaled.drain();
  line.connection.wake();
  line.run();
  line.on_done = nullptr;
  const auto failed = line.failed;
  const bool is_over = line.session.is_over();
  const auto trouble = is_over && !line.was_ready ? line.session.trouble() : std::nullopt;
  const auto greeting = line.session.greeting();
  if (line.session.login_answer()) {
    events_ = epp::login_events(*line.session.login_answer());
    peer_ = line.connection.peer();
  }
  if (is_over || failed || !line.stays) open_.reset();
  if (failed) return *failed;
  if (trouble) return *trouble;
  if (!greeting) return make_error(Errc::unavailable, "the registry said nothing");
  return *greeting;
}

LoginTried log_in(const Config::Registry& settings, epp::Password password, epp::Password to, LoginSlot slot) {
  LoginTried tried;
  auto endpoint = registry_endpoint(settings);
  if (!endpoint) tried.trouble = endpoint.error();
  if (!endpoint) return tried;
  const auto tls = tls_for(settings, *endpoint);
  if (!tls) tried.trouble = tls.error();
  if (!tls) return tried;
  const auto taken = slot == LoginSlot::held ? SessionSlot::none() : SessionSlot::take(settings, slot_patience);
  if (!taken) tried.trouble = taken.error();
  if (!taken) return tried;
  ClientIds ids;
  epp::Session session(
      session_rules(settings, false), std::move(password), [&] { return ids.next(); }, std::chrono::steady_clock::now());
  session.change_password(std::move(to));
  session.drain();
  boost::asio::io_context io;
  epp::Connection connection(io, session, std::move(*endpoint), *tls, {});
  connection.start();
  io.run();
  tried.peer = connection.peer();
  tried.was_said = session.greeting().has_value();
  if (session.login_answer()) {
    tried.code = session.login_answer()->code();
    tried.events = epp::login_events(*session.login_answer());
    if (session.login_answer()->is_success()) return tried;  // whatever became of the logout
  }
  tried.trouble = session.trouble().value_or(make_error(Errc::unavailable, "the registry did not answer the login"));
  return tried;
}

}  // namespace regdata::app
