#include "app/doctor.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>

#include "app/confinement.hpp"
#include "app/endpoint.hpp"
#include "app/escrow_doctor.hpp"
#include "app/process.hpp"
#include "app/public_files.hpp"
#include "app/publication.hpp"
#include "app/registry_doctor.hpp"
#include "app/relay_desk.hpp"
#include "app/store_access.hpp"
#include "redaction/view_store.hpp"
#include "whois/answer.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;

class Examination : private Findings {
 public:
  explicit Examination(const Context& context) : context_(context) {}

  std::vector<Finding> run() {
    const auto loaded = context_.load();
    if (!loaded.problems.empty()) {
      for (const Error& problem : loaded.problems) bad("configuration", problem);
      machine();
      return take();
    }
    config_ = loaded.config;
    good("configuration", fmt::format("{} files, {} registrars, {} TLDs", loaded.files.size(),
                                      config_.catalog.registrars.size(), config_.catalog.tlds.size()));
    policies();
    directories();
    master_key();
    store();
    views();
    web();
    relay();
    escrow();
    ports();
    space();
    machine();
    return take();
  }

 private:
  void policies() {
    const auto publication = load_publication(config_);
    if (!publication) return bad("policies", publication.error());
    std::string names;
    for (const auto& [name, policy] : publication->policies)
      names += fmt::format("{}{} {}", names.empty() ? "" : ", ", name, policy.version());
    good("policies", names);
  }

  void directory(const std::string& what, const fs::path& path, mode_t forbidden, std::string_view right) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
      return bad(what,
                 make_error(Errc::configuration, fmt::format("{} is not there", path.string()), "`regdata init` makes it"));
    }
    if ((status.st_mode & forbidden) != 0) {
      return warning(what, fmt::format("{} has mode {:o}", path.string(), status.st_mode & 07777U),
                     fmt::format("chmod {} {}", right, path.string()));
    }
    if (::access(path.c_str(), W_OK) != 0) {
      return warning(what, fmt::format("{} cannot be written by this user", path.string()), "run this as the worker's user");
    }
    good(what, path.string());
  }

  void directories() {
    directory("store directory", config_.store.database.parent_path(), 077, "0700");
    directory("key directory", config_.store.keys.parent_path(), 077, "0700");
    directory("view directory", config_.views.directory, 007, "2750");
    if (config_.store.database.parent_path() == config_.store.keys.parent_path()) {
      warning("key directory", "data and keys rest in one directory", "keep them apart, so that one backup never holds both");
    }
  }

  void master_key() {
    if (config_.keys.master_key_file.empty()) {
      const char* directory = variable(context_.environment, "CREDENTIALS_DIRECTORY");
      if (directory == nullptr) {
        return warning("master key",
                       fmt::format("credential \"{}\": only the unit can see it", config_.keys.master_key_credential),
                       "run `regdata doctor` inside the unit: systemd-run -p LoadCredential=…");
      }
      return key_file(fs::path(directory) / config_.keys.master_key_credential);
    }
    key_file(config_.keys.master_key_file);
  }

  void key_file(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      return bad("master key", make_error(Errc::configuration, fmt::format("{} is not there", path.string()),
                                          "`regdata init` makes one for a new store; for an old one put its key back"));
    }
    if ((status.st_mode & 077U) != 0) {
      return bad("master key",
                 make_error(Errc::configuration,
                            fmt::format("{} can be read by others (mode {:o})", path.string(), status.st_mode & 0777U),
                            fmt::format("chmod 0600 {}", path.string())));
    }
    good("master key", fmt::format("{}, mode {:o}", path.string(), status.st_mode & 0777U));
  }

  void store() {
    const auto opened = open_store(config_);
    if (!opened) return bad("store", opened.error());
    const auto count = (*opened)->count();
    if (!count) return bad("store", count.error());
    if (const auto whole = check_store_pages(config_); !whole) return bad("store", whole.error());
    good("store", fmt::format("{} registrations, schema and key fit", *count));
    const auto entries = (*opened)->verify_choices();
    if (!entries) return bad("ledger of choices", entries.error());
    good("ledger of choices", fmt::format("{} entries, the chain holds", *entries));
    if (const auto last = (*opened)->last_sequence()) sequence_ = *last;
    contacts(**opened);
  }

  /// Every one of them: a damaged row or a missing key is known before somebody asks for the contact.
  void contacts(RegistrationStore& store) {
    constexpr std::size_t handles_told = 5;
    std::uint64_t all = 0;
    std::uint64_t closed = 0;
    std::string handles;
    const auto walked = store.read_snapshot([&](StoreSnapshot& snapshot) {
      return snapshot.for_each_contact({}, [&](const RoleContact& one) {
        ++all;
        if (one.state == ContactState::unreadable && ++closed <= handles_told)
          handles += (handles.empty() ? "" : ", ") + one.contact.handle;
        return true;
      });
    });
    if (!walked) return bad("contacts", walked.error());
    if (closed == 0) return good("contacts", fmt::format("{}, each can be opened or is erased", all));
    bad("contacts",
        make_error(Errc::key_missing,
                   fmt::format("{} of {} cannot be opened, and are withheld whole: {}{}", closed, all, handles,
                               closed > handles_told ? ", …" : ""),
                   "their keys or rows are damaged or missing: restore both files from a backup, or import them again"));
  }

  void views() {
    const auto reader = redaction::ViewReader::open(config_.views.directory);
    if (!reader) {
      return warning(
          "views", reader.error().context,
          reader.error().code == Errc::unavailable ? "`regdata run` or `regdata publish` makes them" : reader.error().hint);
    }
    const auto state = (*reader)->state();
    if (!state) return bad("views", state.error());
    good("views",
         fmt::format("{} names, generation {}, change {} of {}", state->views, state->generation, state->sequence, sequence_));
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(context_.clock() - state->heartbeat);
    if (whois::is_stale(*state, context_.clock())) {
      return warning(
          "publisher",
          state->heartbeat == UtcTime{}
              ? std::string("nothing was published yet")
              : fmt::format("silent for {} s: servers withhold what is shown by choice and report themselves not ready",
                            age.count()),
          "start `regdata run`");
    }
    good("publisher", fmt::format("last heartbeat {} s ago", age.count()));
  }

  void web() {
    const auto& h = config_.http;
    if (h.listen.empty() && h.listen_plain.empty()) {
      return warning("web", "no address for RDAP and the lookup page",
                     "set [http] listen (docs/rdap.md): RDAP is a registrar's duty");
    }
    const auto files = check_public_files(config_);
    if (!files) return bad("web", files.error());
    contact_link();
    if (!files->closed.empty()) {
      return warning("web", fmt::format("{} is closed to this user, and was not looked at", files->closed),
                     "fine where the public server has a user of its own: its log says whether it serves");
    }
    if (!files->certificate_until) return good("web", "page texts are good; TLS is another's part");
    const auto left = std::chrono::floor<std::chrono::days>(*files->certificate_until - context_.clock()).count();
    const std::string text =
        fmt::format("certificate and page texts are good; the certificate ends {}", format_rfc3339(*files->certificate_until));
    if (left < 0)
      return bad("web", make_error(Errc::configuration, text, "renew it: browsers and checkers refuse an ended one"));
    if (left < 14) return warning("web", text, "renew it; a new file is taken without a restart");
    good("web", text);
  }

  void escrow() {
    for (const auto& agent : config_.escrow_agents) add(examine_agent(config_, agent, context_.clock));
    for (const auto& registry : config_.registries) add(examine_registry(registry, context_.clock));
  }

  void contact_link() {
    const auto host = [](std::string_view url) {
      url.remove_prefix(std::min(url.find("://") + 3, url.size()));
      return url.substr(0, url.find('/'));
    };
    const auto& p = config_.publication;
    if (!config_.contact.form || host(p.contact_form) == host(p.rdap_base)) return;
    warning("letter form", fmt::format("its link leads to {}, RDAP's to {}", host(p.contact_form), host(p.rdap_base)),
            "fine where both reach this server");
  }

  void relay() {
    if (config_.relay.server.empty()) {
      return warning("relay", "no mail server is configured: nobody reaches a holder whose address is withheld",
                     "set [relay] server and [contact] form (docs/relay.md; rules.md §1.7)");
    }
    const auto secret = relay::SecretKey::load(config_.relay.secret_key);
    if (!secret) return bad("relay key", secret.error());
    const auto half = relay::PublicKey::load(config_.contact.public_key);
    if (!half) return bad("relay key", half.error());
    if (half->key() != secret->public_key().key()) {
      return bad("relay key",
                 make_error(Errc::configuration, "[contact] public_key is not the other half of [relay] secret_key",
                            "letters that are closed with it cannot be opened: put the right file back"));
    }
    good("relay key", "the two halves fit");
    directory("letter spool", config_.contact.spool, 007, "2770");
    if (config_.relay.bounce_domain.empty()) {
      warning("bounces", fmt::format("go to {} and are not counted", config_.relay.from),
              "set [relay] bounce_domain and pipe its mail to `regdata relay deliver`");
    } else {
      good("bounces", fmt::format("bounces-…@{}", config_.relay.bounce_domain));
    }
    mail_server();
    outbox();
  }

  /// Only whether somebody listens: nothing is said to it, and no mail is sent.
  void mail_server() {
    const std::string problem = relay::reach(config_.relay.server, std::chrono::seconds(5));
    if (problem.empty()) return good("mail server", config_.relay.server + " takes connections");
    bad("mail server", make_error(Errc::unavailable, fmt::format("{}: {}", config_.relay.server, problem),
                                  "letters wait in the outbox until it answers"));
  }

  void outbox() {
    const auto desk = RelayDesk::make(config_);
    if (!desk) return bad("outbox", desk.error());
    const auto state = (*desk)->outbox().state();
    if (!state) return bad("outbox", state.error());
    const auto age =
        state->oldest ? std::chrono::duration_cast<std::chrono::minutes>(context_.clock() - *state->oldest).count() : 0;
    const std::string text = state->waiting == 0   ? "nothing waits"
                             : state->waiting == 1 ? fmt::format("1 mail waits, for {} min", age)
                                                   : fmt::format("{} mails wait, the oldest for {} min", state->waiting, age);
    if (age > 60) return warning("outbox", text, "mail does not leave: see the worker's log");
    good("outbox", text);
  }

  void port(const std::string& what, const std::string& text) {
    const auto socket = listen_on(text);
    if (socket) {
      ::close(*socket);
      return good(what, text + " can be bound");
    }
    warning(what, socket.error().context, "fine while regdata runs there or a socket unit holds it");
  }

  void ports() {
    for (const auto& text : config_.whois.listen) port("port 43", text);
    for (const auto& text : config_.http.listen) port("https", text);
    for (const auto& text : config_.http.listen_plain) port("http", text);
    for (const auto& text : config_.http.redirect) port("redirect", text);
    if (!config_.worker.admin.empty()) port("worker admin", config_.worker.admin);
    if (!config_.serve.admin.empty()) port("server admin", config_.serve.admin);
  }

  void room(const std::string& what, const fs::path& path) {
    struct statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0) return;
    const std::uint64_t mib = static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize >> 20U;
    constexpr std::uint64_t little = 512;
    if (mib < little)
      return warning(what, fmt::format("{} MiB free at {}", mib, path.string()),
                     "a full disk stops imports and publication; old views stay served");
    good(what, fmt::format("{} MiB free", mib));
  }

  void space() {
    room("disk of the store", config_.store.database.parent_path());
    room("disk of the views", config_.views.directory);
  }

  void machine() {
    const int abi = landlock_abi();
    if (abi == 0) {
      warning("landlock", "this kernel has none: the public server's file access is limited by users and modes only",
              "Linux 5.13 or newer with lsm=landlock");
    } else {
      good("landlock", fmt::format("ABI {}", abi));
    }
    // A clock that is far out makes rules bound to time decide wrongly; the day of this program's making is a lower bound.
    constexpr UtcTime least{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
    constexpr UtcTime most{std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}};
    const UtcTime now = context_.clock();
    if (now < least || now > most) {
      bad("clock", make_error(Errc::unavailable, fmt::format("the clock says {}", format_rfc3339(now)),
                              "set it, and let timesyncd or chrony keep it"));
    } else {
      good("clock", format_rfc3339(now));
    }
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < 4096) {
      warning("open files", fmt::format("hard limit {}", files.rlim_max),
              "connections are capped 64 below it; LimitNOFILE=65536 in the unit");
    } else {
      good("open files", fmt::format("hard limit {}", files.rlim_max));
    }
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    if (core.rlim_cur == 0) {
      good("core dumps", "off");
    } else {
      warning("core dumps", "could be written", "ulimit -c 0");
    }
  }

  const Context& context_;
  Config config_;
  std::uint64_t sequence_ = 0;
};

Output::Tint tint_of(Finding::State state) {
  return state == Finding::State::good      ? Output::Tint::good
         : state == Finding::State::warning ? Output::Tint::caution
                                            : Output::Tint::bad;
}

}  // namespace

std::vector<Finding> examine(const Context& context) { return Examination(context).run(); }

Outcome report(Output& output, const std::vector<Finding>& findings) {
  boost::json::array list;
  const Finding* worst = nullptr;
  for (const Finding& finding : findings) {
    const std::string_view word = finding.state == Finding::State::good      ? "good"
                                  : finding.state == Finding::State::warning ? "warning"
                                                                             : "bad";
    output.line(fmt::format("{} {}: {}", output.tint(tint_of(finding.state), fmt::format("{:<8}", word)), finding.what,
                            escape_controls(finding.text)));
    if (!finding.hint.empty()) output.line(fmt::format("         {}", escape_controls(finding.hint)));
    list.push_back({{"what", finding.what}, {"state", word}, {"text", finding.text}, {"hint", finding.hint}});
    if (finding.state == Finding::State::bad && worst == nullptr) worst = &finding;
  }
  Outcome outcome;
  if (worst != nullptr)
    outcome = Outcome(worst->exit, make_error(worst->code, fmt::format("{}: {}", worst->what, worst->text), worst->hint));
  outcome.data = {{"findings", std::move(list)}};
  return outcome;
}

}  // namespace regdata::app
