#include "app/worker.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "app/endpoint.hpp"
#include "app/public_files.hpp"
#include "app/publication.hpp"
#include "app/version.hpp"

namespace regdata::app {
namespace {

/// For a step under way when the worker stops; what is cut off then is as if it had been killed.
constexpr std::chrono::seconds last_step{10};

/// Variables that the public server may inherit. Everything else stays here: an environment can hold what is secret.
constexpr std::array inherited{"JOURNAL_STREAM", "INVOCATION_ID", "ASAN_OPTIONS",
                               "UBSAN_OPTIONS",  "TSAN_OPTIONS",  "LSAN_OPTIONS"};

/// What each address of the public server is for, as passed_sockets() names it.
std::vector<std::pair<std::string, std::string>> listening(const Config& config) {
  std::vector<std::pair<std::string, std::string>> addresses;
  for (const auto& text : config.whois.listen) addresses.emplace_back("whois", text);
  for (const auto& text : config.http.listen) addresses.emplace_back("https", text);
  for (const auto& text : config.http.listen_plain) addresses.emplace_back("http", text);
  for (const auto& text : config.http.redirect) addresses.emplace_back("redirect", text);
  return addresses;
}

}  // namespace

Worker::Worker(Context& context, Config config, Options options)
    : context_(context),
      config_(std::move(config)),
      options_(options),
      log_(stderr, "worker", config_.log, is_journal(stderr, variable(context.environment, "JOURNAL_STREAM")), context.clock) {}

Worker::~Worker() {
  admin_.reset();
  for (const PassedSocket& socket : sockets_) ::close(socket.descriptor);
}

Outcome Worker::run() {
  SignalWaiter signals;  // before any thread
  raise_file_limit();
  if (auto opened = open(); !opened) {
    log_.error("cannot start", opened.error());
    return opened.error();
  }
  log_.info("working",
            {{"version", version}, {"admin", admin_ ? admin_->address() : "none"}, {"server", !options_.workers_only}});
  publication_->start(config_.worker.poll);
  relay_->start(config_.relay.poll);
  escrow_->start();
  start_registries();
  bool told_ready = false;
  while (!stop_) {
    if (!may_serve_) may_serve_ = publication_->has_published();
    if (may_serve_ && !told_ready) tell_service_manager("READY=1");
    told_ready = may_serve_;
    const auto now = std::chrono::steady_clock::now();
    watch_server(now);
    tell(now);
    if (const auto signal = signals.wait(std::chrono::milliseconds(may_serve_ ? 200 : 20))) handle(*signal);
  }
  tell_service_manager("STOPPING=1");
  stop_server();
  const bool published = publication_->stop(last_step);
  const bool mailed = relay_->stop(last_step);
  const bool deposited = escrow_->stop(last_step);
  const bool synced = stop_registries();
  if (!published || !mailed || !deposited || !synced) {
    log_.warning(!published   ? "a long publication was cut off"
                 : !mailed    ? "a mail under way was cut off"
                 : !deposited ? "a deposit under way was cut off, and is made or sent again"
                              : "a command to a registry was cut off; it is in the journal");
    std::_Exit(*stop_ == SIGINT ? 130 : 0);
  }
  log_.info("stopped");
  return *stop_ == SIGINT ? Exit::interrupted : Exit::done;
}

/// From the lock outwards: whoever holds the publisher's lock is the worker, before anything is migrated.
Expected<void> Worker::open() {
  auto views = open_views();
  if (!views) return views.error();
  if (auto migrated = migrate(); !migrated) return migrated.error();
  auto store = open_store(config_);
  if (!store) return store.error();
  auto history = open_policy_history(config_);
  if (!history) return history.error();
  auto publication = load_publication(config_);
  if (!publication) return publication.error();
  auto relay = RelayDesk::make(config_);
  if (!relay) return relay.error();
  relay_ = std::make_unique<RelayLoop>(std::move(*relay), context_.clock, log_, figures_);
  escrow_ = std::make_unique<EscrowLoop>(config_, context_.clock, log_, figures_);
  const auto texts = (*views)->texts();
  may_serve_ = texts && texts->has_value();
  publication_ =
      std::make_unique<PublicationLoop>(std::move(*store), std::move(*views), RebuildRequest(config_.views.directory),
                                        std::move(*history), std::move(*publication), context_.clock, log_, figures_);
  if (!config_.worker.admin.empty()) {
    auto admin = AdminServer::listen(config_.worker.admin);
    if (!admin) return admin.error();
    admin_ = std::move(*admin);
    admin_->start({[this] { return worker_metrics(figures_, not_ready().empty(), context_.clock()); },
                   [this] { return not_ready(); }, version});
  }
  return options_.workers_only ? Expected<void>() : prepare_server();
}

void Worker::start_registries() {
  registries_.clear();
  figures_.registries.keep([](const std::string&) { return false; });
  for (const Config::Registry& one : config_.registries) {
    if (one.account.empty() || one.poll == std::chrono::milliseconds(0)) continue;
    registries_.push_back(std::make_unique<RegistryLoop>(config_, one.id, context_.clock, log_, figures_));
    registries_.back()->start();
  }
}

/// False: one did not end in time.
bool Worker::stop_registries() {
  for (const auto& one : registries_) one->ask_to_stop();
  const auto has_ended = [](const auto& one) { return one->stop(last_step); };
  return std::ranges::all_of(registries_, has_ended) && std::ranges::all_of(retired_, has_ended);
}

Expected<std::unique_ptr<redaction::ViewWriter>> Worker::open_views() {
  auto views = redaction::ViewWriter::open(config_.views.directory);
  if (!views && views.error().code == Errc::conflict) {
    return make_error(Errc::conflict, views.error().context, "another `regdata run` or `regdata publish` is at work here");
  }
  return views;
}

Expected<void> Worker::migrate() {
  const auto migrated = migrate_store(config_, context_.clock);
  if (!migrated) return migrated.error();
  if (migrated->from != migrated->to) {
    log_.info("schema migrated", {{"from", migrated->from}, {"to", migrated->to}, {"backup", migrated->backup.string()}});
  }
  return {};
}

void Worker::handle(int signal) {
  switch (signal) {
    case SIGTERM:
    case SIGINT:
      log_.info("stopping");
      stop_ = signal;
      break;
    case SIGHUP:
      reload();
      break;
    case SIGUSR1:
      publication_->wake();
      break;
    default:  // SIGCHLD: watch_server collects
      break;
  }
}

void Worker::reload() {
  auto config = context_.config();
  auto publication = config ? load_publication(*config) : Expected<redaction::Publication>(config.error());
  if (!publication) {
    ++figures_.reloads_bad;
    log_.error("reload refused, the old configuration stays", publication.error());
    return;
  }
  if (config->store.database != config_.store.database || config->store.keys != config_.store.keys ||
      config->views.directory != config_.views.directory || config->worker.admin != config_.worker.admin) {
    log_.warning("store, keys, view store and the worker's admin address change with a restart only");
    config->store = config_.store;
    config->views = config_.views;
    config->worker.admin = config_.worker.admin;
  }
  auto relay = RelayDesk::make(*config);
  if (!relay) {
    ++figures_.reloads_bad;
    log_.error("reload refused, the old configuration stays", relay.error());
    return;
  }
  if (const auto files = options_.workers_only ? Expected<void>() : check_own_public_files(*config); !files) {
    ++figures_.reloads_bad;
    log_.error("reload refused, the old configuration stays", files.error());
    return;
  }
  const bool new_sockets = !sockets_passed_ && listening(*config) != listening(config_);
  const bool new_server = new_sockets || config->serve.threads != config_.serve.threads ||
                          config->serve.admin != config_.serve.admin || config->serve.query_log != config_.serve.query_log ||
                          config->contact != config_.contact || config->page != config_.page ||
                          !config->page.templates.empty();  // their texts may have changed
  const Config old = std::exchange(config_, std::move(*config));
  if (!options_.workers_only) {
    auto prepared = write_server_config();
    if (prepared && new_sockets) prepared = bind_sockets();
    if (!prepared) {
      ++figures_.reloads_bad;
      config_ = old;
      if (auto undone = write_server_config(); !undone) log_.error("cannot restore the server's configuration", undone.error());
      log_.error("reload refused, the old configuration stays", prepared.error());
      return;
    }
  }
  log_.configure(config_.log);
  publication_->replace(std::move(*publication), config_.worker.poll);
  relay_->replace(std::move(*relay), config_.relay.poll);
  escrow_->replace(config_);
  for (auto& one : registries_) {
    one->ask_to_stop();
    retired_.push_back(std::move(one));
  }
  std::erase_if(retired_, [](const auto& one) { return one->stop(std::chrono::milliseconds(0)); });
  start_registries();
  ++figures_.reloads_good;
  log_.info("reloaded");
  if (options_.workers_only) return;
  if (new_server) {
    stop_server();
    start_server();
  } else {
    server_.signal(SIGHUP);
  }
}

Expected<void> Worker::prepare_server() {
  // a server that cannot start would be started again and again, and port 43 with it
  if (auto files = check_own_public_files(config_); !files) return files;
  sockets_ = passed_sockets();
  sockets_passed_ = !sockets_.empty();
  if (!sockets_passed_) {
    if (auto bound = bind_sockets(); !bound) return bound.error();
  }
  for (const PassedSocket& socket : sockets_) {
    log_.info("listening", {{"address", local_address(socket.descriptor)}, {"for", socket.name}, {"passed", sockets_passed_}});
  }
  return write_server_config();
}

/// All new, then the old are closed: an address that cannot be bound leaves everything as it was. An address that stays keeps
/// its socket, so that no connection is refused in between.
Expected<void> Worker::bind_sockets() {
  std::vector<PassedSocket> bound;
  std::vector<PassedSocket> kept;
  for (const auto& [name, text] : listening(config_)) {
    const auto endpoint = parse_endpoint(text);
    if (!endpoint) return endpoint.error();
    const auto same = std::find_if(sockets_.begin(), sockets_.end(), [&](const PassedSocket& socket) {
      return local_address(socket.descriptor) == endpoint->text;
    });
    if (same != sockets_.end()) {
      kept.push_back({same->descriptor, name});
      continue;
    }
    const auto socket = listen_on(text);
    if (!socket) {
      for (const PassedSocket& opened : bound) ::close(opened.descriptor);
      return socket.error();
    }
    bound.push_back({*socket, name});
  }
  for (const PassedSocket& socket : sockets_) {
    const auto same = [&](const PassedSocket& other) { return other.descriptor == socket.descriptor; };
    if (std::none_of(kept.begin(), kept.end(), same)) ::close(socket.descriptor);
  }
  kept.insert(kept.end(), bound.begin(), bound.end());
  sockets_ = std::move(kept);
  return {};
}

/// Into the directory that the server may read anyway: it never sees the file that names store and keys.
Expected<void> Worker::write_server_config() {
  const auto file = config_.views.directory / "serve.toml";
  const auto fresh = config_.views.directory / "serve.toml.new";
  const std::string text = serve_config(config_);
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
  const bool written = descriptor >= 0 && ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int code = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) {
    return make_error(Errc::unavailable,
                      fmt::format("cannot write {}: {}", file.string(), std::strerror(written ? errno : code)));
  }
  return {};
}

void Worker::start_server() {
  plan_.arguments = {"regdata", "--config", (config_.views.directory / "serve.toml").string(), "serve"};
  plan_.environment.clear();
  for (const char* name : inherited) {
    if (const char* value = variable(context_.environment, name))
      plan_.environment.push_back(fmt::format("{}={}", name, value));
  }
  plan_.sockets = sockets_;
  const auto started = server_.start(plan_, std::chrono::steady_clock::now());
  if (!started) {
    log_.error("the public server does not start", started.error());
    return;
  }
  ++figures_.server_starts;
  figures_.server_running = true;
  log_.info("public server started", {{"pid", server_.pid()}});
}

void Worker::watch_server(ChildProcess::Time now) {
  if (options_.workers_only || !may_serve_) return;
  if (const auto ended = server_.collect(now)) {
    figures_.server_running = false;
    const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(server_.next_start() - now);
    log_.error("the public server ended", {{"how", *ended}, {"restart_in_ms", pause.count()}});
  }
  if (!server_.running() && now >= server_.next_start()) start_server();
}

void Worker::stop_server() {
  if (!server_.running()) return;
  if (!server_.stop(config_.serve.drain + std::chrono::seconds(2)))
    log_.warning("the public server did not drain in time and was killed");
  figures_.server_running = false;
}

void Worker::tell(ChildProcess::Time now) {
  if (now < next_tell_) return;
  next_tell_ = now + std::chrono::seconds(1);
  const std::string reason = not_ready();
  tell_service_manager(fmt::format("STATUS={}; change {} of {}", reason.empty() ? "ready" : "not ready: " + reason,
                                   figures_.applied_sequence.load(), figures_.feed_sequence.load()));
  if (watchdog_interval()) tell_service_manager("WATCHDOG=1");
}

std::string Worker::not_ready() const {
  std::string reason = publication_->not_ready();
  if (!reason.empty()) return reason;
  if (!options_.workers_only && !figures_.server_running) return "the public server is not running";
  return {};
}

}  // namespace regdata::app
