// regdata serve: answers the public. Opens the view store and nothing else: no store, no key (house.md §3, Processes).
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "app/admin_server.hpp"
#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/confinement.hpp"
#include "app/contact_options.hpp"
#include "app/endpoint.hpp"
#include "app/http_options.hpp"
#include "app/log.hpp"
#include "app/metrics.hpp"
#include "app/page_options.hpp"
#include "app/process.hpp"
#include "app/query_log.hpp"
#include "app/version.hpp"
#include "app/whois_options.hpp"
#include "whois/contact_pages.hpp"
#include "whois/page_lookup.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;

/// Something in the directory is closed to everybody but its owner, and that is us: a key, a store.
bool holds_secrets(const fs::path& directory) {
  std::error_code error;
  for (const auto& item : fs::directory_iterator(directory, error)) {
    struct stat status {};
    if (::lstat(item.path().c_str(), &status) != 0 || S_ISLNK(status.st_mode)) continue;
    const bool ours = status.st_uid == ::geteuid() || ::geteuid() == 0;
    if (ours && (status.st_mode & 077U) == 0) return true;
  }
  return static_cast<bool>(error);
}

class Server {
 public:
  Server(Context& context, Config config)
      : context_(context),
        config_(std::move(config)),
        log_(stderr, "serve", config_.log, is_journal(stderr, variable(context.environment, "JOURNAL_STREAM")), context.clock),
        pseudonyms_(randombytes_buf) {}

  Outcome run() {
    SignalWaiter signals;  // before any thread
    raise_file_limit();
    if (auto ready = prepare(); !ready) return stop_with(ready.error());
    std::thread serving([this] {
      ended_ = whois_->run(config_.serve.threads);
      finished_ = true;
    });
    std::thread web([this] {
      if (http_ == nullptr) return;
      web_ended_ = http_->run(config_.serve.threads);
      finished_ = true;
    });
    if (admin_) start_admin();
    log_.info("serving",
              {{"version", version}, {"threads", config_.serve.threads}, {"admin", admin_ ? admin_->address() : "none"}});
    tell_service_manager("READY=1");
    const bool interrupted = loop(signals);
    drain();  // the other one, when one of the two ended by itself
    serving.join();
    web.join();
    if (!ended_) return stop_with(ended_.error());
    if (!web_ended_) return stop_with(web_ended_.error());
    log_.info("stopped");
    return interrupted ? Exit::interrupted : Exit::done;
  }

 private:
  Outcome stop_with(const Error& error) {
    log_.error("cannot serve", error);
    return error;
  }

  /// Everything that opens a socket or a file; the doors are closed at its end.
  Expected<void> prepare() {
    auto options = whois_options(config_.whois);
    if (!options) return options.error();
    auto views = redaction::ViewReader::open(config_.views.directory);
    if (!views) return views.error();
    views_ = std::move(*views);
    if (auto texts = views_->texts(); !texts) return texts.error();  // first data load
    whois_ = std::make_unique<whois::WhoisServer>(views_, std::move(*options), context_.clock);
    certificate_mark_ = certificate_mark(config_.http);
    auto web = http_options(config_.http);
    if (!web) return web.error();
    http_ = std::make_unique<whois::HttpServer>(views_, std::move(*web), context_.clock);
    if (auto offered = offer_pages(); !offered) return offered;
    auto listening = listen();
    if (!listening) return listening.error();
    if (!config_.serve.admin.empty()) {
      auto admin = AdminServer::listen(config_.serve.admin);
      if (!admin) return admin.error();
      admin_ = std::move(*admin);
    }
    if (config_.serve.query_log) {
      whois_->on_query(query_log(log_, "whois", pseudonyms_, context_.clock));
      if (http_) http_->on_query(query_log(log_, "rdap", pseudonyms_, context_.clock));
    }
    return close_doors(*listening);
  }

  /// Their files are read here and never again: behind the doors that close, none can be opened.
  Expected<void> offer_pages() {
    auto desk = contact_desk(config_.contact);
    if (!desk) return desk.error();
    letters_ = std::move(*desk);
    if (!config_.page.offered) return {};  // the form is one of the pages (config_check.cpp)
    const auto texts = page_texts(config_.page);
    if (!texts) return texts.error();
    http_->offer([this, texts = *texts] {
      std::vector<std::unique_ptr<whois::WebPages>> parts;
      if (letters_) parts.push_back(std::make_unique<whois::ContactPages>(letters_, texts));
      parts.push_back(std::make_unique<whois::LookupPages>(*views_, texts));
      return std::make_unique<whois::WebPagesTogether>(std::move(parts));
    });
    return {};
  }

  /// True: on sockets that were passed.
  Expected<bool> listen() {
    const auto passed = passed_sockets();
    bool web = false;
    for (const PassedSocket& socket : passed) {
      const std::string address = local_address(socket.descriptor);
      const auto port = http_port(socket.name);
      const auto adopted = port ? http_->adopt(socket.descriptor, *port) : whois_->adopt(socket.descriptor);
      if (!adopted) return adopted.error();
      web = web || port;
      log_.info("listening", {{"address", address}, {"for", socket.name}, {"passed", true}});
    }
    if (passed.empty()) {
      for (const auto& text : config_.whois.listen) {
        if (auto bound = bind(text, std::nullopt); !bound) return bound.error();
      }
      for (const auto& [port, texts] : {std::pair(whois::HttpPort::tls, &config_.http.listen),
                                        std::pair(whois::HttpPort::plain, &config_.http.listen_plain),
                                        std::pair(whois::HttpPort::redirect, &config_.http.redirect)}) {
        for (const auto& text : *texts) {
          if (auto bound = bind(text, port); !bound) return bound.error();
          web = true;
        }
      }
    }
    if (!web) http_.reset();  // RDAP is not offered
    return !passed.empty();
  }

  static std::optional<whois::HttpPort> http_port(std::string_view name) {
    if (name == "https") return whois::HttpPort::tls;
    if (name == "http") return whois::HttpPort::plain;
    if (name == "redirect") return whois::HttpPort::redirect;
    return std::nullopt;
  }

  Expected<void> bind(const std::string& text, std::optional<whois::HttpPort> web) {
    const auto endpoint = parse_endpoint(text);
    if (!endpoint) return endpoint.error();
    const auto* address = reinterpret_cast<const sockaddr*>(&endpoint->address);
    const auto port = web ? http_->listen(address, endpoint->length, *web) : whois_->listen(address, endpoint->length);
    if (!port) return port.error();
    log_.info("listening", {{"address", endpoint->text}, {"port", *port}, {"passed", false}});
    return {};
  }

  Expected<void> close_doors(bool passed) {
    Confinement allowed;
    allowed.read = {config_.views.directory};
    allowed.read_write = {config_.views.directory / "locks"};  // LMDB's readers write their slot (house.md §1)
    if (letters_) allowed.drop = {config_.contact.spool};
    allowed.bind = !passed;  // further threads bind sockets of their own
    add_tls_paths(allowed);
    const fs::path file = fs::absolute(context_.config_file);
    if (file.parent_path() != config_.views.directory) add_config_paths(file, allowed);
    const auto abi = confine(allowed);
    if (!abi) return abi.error();
    if (*abi == 0) {
      log_.warning("this kernel has no Landlock: file access is limited by users and modes only");
    } else {
      log_.info("confined", {{"landlock_abi", *abi}});
    }
    return {};
  }

  /// The directories of certificate and key, and those of the files that they are links to: both are replaced by renaming.
  void add_tls_paths(Confinement& allowed) {
    for (const auto& path : {config_.http.certificate, config_.http.private_key}) {
      if (path.empty() || !http_) continue;
      std::error_code ignored;
      allowed.read.push_back(fs::absolute(path).parent_path());
      const fs::path real = fs::canonical(path, ignored);
      if (!real.empty()) allowed.read.push_back(real.parent_path());
    }
  }

  /// A reload reads the configuration again. Its directory is opened only where nothing secret of ours lies in it.
  void add_config_paths(const fs::path& file, Confinement& allowed) {
    std::error_code ignored;
    if (!holds_secrets(file.parent_path())) {
      allowed.read.push_back(file.parent_path());
      return;
    }
    log_.warning("the configuration lies beside files that this process must not read: reloads see changes in place only",
                 {{"directory", file.parent_path().string()}});
    allowed.read.push_back(file);
    if (fs::is_directory(file.parent_path() / "conf.d", ignored)) allowed.read.push_back(file.parent_path() / "conf.d");
  }

  void start_admin() {
    AdminPages pages;
    pages.metrics = [this] {
      const auto state = views_->state();
      std::vector<ProtocolFigures> protocols{{"whois", &whois_->counters(), &whois_->counters()}};
      if (http_) protocols.push_back({"rdap", &http_->counters(), &http_->counters()});
      if (http_ && config_.page.offered) protocols.push_back({"page", &http_->page_counters(), nullptr});
      return serve_metrics(protocols, state ? std::optional(*state) : std::nullopt, whois_->ready(), context_.clock(),
                           letters_ ? &letters_->counters() : nullptr);
    };
    pages.not_ready = [this] { return whois_->not_ready(); };
    pages.version = version;
    admin_->start(std::move(pages));
  }

  /// Until a signal says stop or the server ends by itself. True: interrupted by a person.
  bool loop(SignalWaiter& signals) {
    using SteadyClock = std::chrono::steady_clock;
    const auto watchdog = watchdog_interval();
    auto next_watchdog = SteadyClock::now();
    auto next_look = SteadyClock::now();
    while (!finished_) {
      const auto signal = signals.wait(std::chrono::milliseconds(200));
      if (signal == SIGTERM || signal == SIGINT) {
        tell_service_manager("STOPPING=1");
        log_.info("draining", {{"limit_ms", config_.serve.drain.count()}});
        drain();
        return signal == SIGINT;
      }
      if (signal == SIGHUP) reload();
      look_at_certificate();
      const auto now = SteadyClock::now();
      if (watchdog && now >= next_watchdog) {
        tell_service_manager("WATCHDOG=1");
        next_watchdog = now + *watchdog;
      }
      if (now >= next_look) {
        look();
        next_look = now + std::chrono::seconds(5);
      }
    }
    return false;
  }

  void drain() {
    whois_->drain(config_.serve.drain);
    if (http_) http_->drain(config_.serve.drain);
  }

  /// A renewed certificate is taken without being told: new connections get it, open ones keep theirs.
  void look_at_certificate() {
    if (!http_) return;
    const std::uint64_t mark = certificate_mark(config_.http);
    if (mark == certificate_mark_ || mark == 0) return;
    certificate_mark_ = mark;
    auto options = http_options(config_.http);
    if (!options) {
      // written in two steps: the second change comes back here
      log_.warning("the new certificate is not used yet", {{"why", options.error().context}});
      return;
    }
    const std::string until = options->tls ? format_rfc3339(options->tls->not_after()) : "";
    http_->reload(std::move(*options));
    log_.info("certificate reloaded", {{"not_after", until}});
  }

  /// Tells the service manager and the log when readiness changes.
  void look() {
    look_at_spool();
    const std::string reason = whois_->not_ready();
    const std::uint64_t answered = whois_->counters().accepted.load();
    tell_service_manager(
        fmt::format("STATUS={}; {} connections taken", reason.empty() ? "ready" : "not ready: " + reason, answered));
    if (reason == last_reason_) return;
    if (reason.empty()) log_.info("ready");
    if (!reason.empty()) log_.warning("not ready", {{"why", reason}});
    last_reason_ = reason;
  }

  /// Senders are told nothing of a full spool; the operator is.
  void look_at_spool() {
    if (!letters_) return;
    const std::uint64_t lost = letters_->counters().lost.load();
    if (lost == lost_before_) return;
    log_.error("letters were lost: the spool is full or cannot be written",
               {{"letters", lost - lost_before_}, {"spool", config_.contact.spool.string()}});
    lost_before_ = lost;
  }

  void reload() {
    tell_service_manager("RELOADING=1");
    auto config = context_.config(Scope::serve);
    auto options = config ? whois_options(config->whois) : Expected<whois::WhoisOptions>(config.error());
    auto web = config ? http_options(config->http) : Expected<whois::HttpOptions>(config.error());
    if (!options || !web) {
      log_.error("reload refused, the old configuration stays", options ? web.error() : options.error());
    } else {
      if (config->whois.listen != config_.whois.listen || config->serve.threads != config_.serve.threads ||
          config->serve.admin != config_.serve.admin || config->views.directory != config_.views.directory ||
          config->serve.query_log != config_.serve.query_log || config->http.listen != config_.http.listen ||
          config->http.listen_plain != config_.http.listen_plain || config->http.redirect != config_.http.redirect ||
          config->page.offered != config_.page.offered || config->page.templates != config_.page.templates ||
          config->page.language != config_.page.language || config->contact != config_.contact) {
        log_.warning(
            "addresses, threads, the view store, the pages, the letter form and the query log change with a restart only");
      }
      whois_->reload(std::move(*options));
      if (http_) http_->reload(std::move(*web));
      log_.configure(config->log);
      config_.whois = config->whois;
      config_.http = config->http;
      certificate_mark_ = certificate_mark(config_.http);
      config_.serve.drain = config->serve.drain;
      log_.info("reloaded");
    }
    tell_service_manager("READY=1");
  }

  Context& context_;
  Config config_;
  Log log_;
  Pseudonyms pseudonyms_;
  std::shared_ptr<redaction::ViewReader> views_;
  std::unique_ptr<whois::WhoisServer> whois_;
  std::unique_ptr<whois::HttpServer> http_;  ///< null: RDAP is not offered
  std::uint64_t certificate_mark_ = 0;
  std::shared_ptr<whois::ContactDesk> letters_;  ///< null: no letter form
  std::uint64_t lost_before_ = 0;
  std::unique_ptr<AdminServer> admin_;  // last: its pages use all of the above
  Expected<void> ended_;
  Expected<void> web_ended_;
  std::atomic<bool> finished_{false};
  std::string last_reason_ = "starting";
};

}  // namespace

void add_serve(CommandLine& line) {
  Verb app = line.verb("serve", "answer the public: port 43, RDAP and the lookup page; reads the view store and nothing else",
                       "operation");
  line.does(app, [](Context& context) -> Outcome {
    if (::sodium_init() < 0) return make_error(Errc::internal, "libsodium does not start");
    auto config = context.config(Scope::serve);
    if (!config) return config.error();
    return Server(context, std::move(*config)).run();
  });
}

}  // namespace regdata::app
