// regdata init: configuration, keys and an empty store; never overwrites.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/store_access.hpp"
#include "relay/key_file.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view disclaimer =
    "The data in this answer are provided for information about the registration of domain names. They may be used\n"
    "for lawful purposes only. By asking you agree not to use them to send unsolicited messages or to collect them\n"
    "with automated means. Personal data are withheld unless their holder chose to publish them or a rule demands it.\n";

constexpr std::string_view example_registrar =
    R"(# Who we are, which TLDs we register names under, and who receives data from us.
# Everything here is an example with reserved names: replace it before the first real import.

[[registrar]]
id = "example"
iana_id = 9999
name = "Example Registrar"
url = "https://registrar.example"
abuse_email = "abuse@registrar.example"
abuse_phone = "+49.30555010"

[[recipient]]
id = "example-registry"
kind = "registry"
name = "Example Registry"
region = "EU"
agreement = ""        # id of the data protection agreement; empty: no personal data goes there
transfer_basis = "EEA"

# The shipped policy by its name; `file` names one of your own (docs/policy.md).
[[policy]]
name = "icann-gtld"
# file = "policies/icann-gtld.toml"
# settings = { city = "withhold" }

[[policy]]
name = "cctld-example"

[[tld]]
name = "example"
registry = "example-registry"
policy = "icann-gtld"
whois = true

[[tld]]
name = "test"
registry = "example-registry"
policy = "cctld-example"
whois = true

# A privacy or proxy service that stands in front of holders. Only an affiliated one is published in full.
# [[privacy_service]]
# id = "shield"
# kind = "privacy"
# affiliated = true
# name = "Shield Privacy Service"
# country = "DE"
# email = "{token}@shield.example"
)";

struct NewFile {
  fs::path path;
  std::string text;
};

/// What stands in the configuration file from the start. With a directory of its own everything lies below it, addresses are
/// loopback and ports need no rights: a rehearsal disturbs nothing.
TextMap first_settings(bool rehearsal) {
  TextMap given{{"publication.contact_form", "\"https://registrar.example/contact?d={name}&r={role}\""},
                {"publication.disclaimer_file", "\"disclaimer.txt\""},
                {"keys.master_key_file", "\"secret/master.key\""},
                {"contact.public_key", "\"relay.pub\""},
                {"relay.secret_key", "\"secret/relay.key\""},
                {"escrow.keys", "\"secret/escrow\""}};
  if (!rehearsal) return given;
  given["store.database"] = "\"store/registrations.db\"";
  given["store.keys"] = "\"keys/keys.db\"";
  given["store.backups"] = "\"backups\"";
  given["views.directory"] = "\"views\"";
  given["contact.spool"] = "\"spool\"";
  given["escrow.deposits"] = "\"deposits\"";
  given["whois.listen"] = R"(["127.0.0.1:4343", "[::1]:4343"])";
  return given;
}

Error cannot(std::string_view what, const fs::path& path, int code) {
  return make_error(code == EEXIST ? Errc::conflict : Errc::unavailable,
                    fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(code)),
                    code == EEXIST ? "`regdata init` overwrites nothing" : "");
}

Expected<void> make_directory(const fs::path& path, mode_t mode) {
  std::error_code error;
  if (fs::is_directory(path, error)) return {};
  if (!path.parent_path().empty() && !fs::exists(path.parent_path(), error)) {
    if (auto made = make_directory(path.parent_path(), 0755); !made) return made;
  }
  if (::mkdir(path.c_str(), mode) != 0 || ::chmod(path.c_str(), mode) != 0) return cannot("make the directory", path, errno);
  return {};
}

/// Never opens what is there, nor follows a link to somewhere else (reliability.md §2 row 15).
Expected<void> write_new(const NewFile& file, mode_t mode) {
  const int descriptor = ::open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (descriptor < 0) return cannot("write", file.path, errno);
  const ssize_t written = ::write(descriptor, file.text.data(), file.text.size());
  const bool good =
      written == static_cast<ssize_t>(file.text.size()) && ::fchmod(descriptor, mode) == 0 && ::fsync(descriptor) == 0;
  const int code = errno;
  ::close(descriptor);
  if (!good) return cannot("write", file.path, code == 0 ? ENOSPC : code);
  return {};
}

Expected<void> refuse_if_there(const std::vector<fs::path>& paths) {
  for (const auto& path : paths) {
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(path, ignored))) {
      return make_error(Errc::conflict, fmt::format("{} is there already", path.string()), "`regdata init` overwrites nothing");
    }
  }
  return {};
}

Outcome init(Context& context, const std::string& directory) {
  const bool rehearsal = !directory.empty();
  std::error_code ignored;
  const fs::path file =
      fs::absolute(rehearsal ? fs::path(directory) / "regdata.toml" : context.config_file, ignored).lexically_normal();
  const fs::path home = file.parent_path();
  const NewFile main_file{file, commented_config(first_settings(rehearsal))};
  const NewFile parts{home / "conf.d" / "registrar.toml", std::string(example_registrar)};
  const NewFile text{home / "disclaimer.txt", std::string(disclaimer)};
  if (auto free = refuse_if_there({main_file.path, parts.path, text.path}); !free) return free.error();
  if (auto made = make_directory(home / "conf.d", 0755); !made) return made.error();
  for (const NewFile* each : {&text, &parts, &main_file}) {
    if (auto written = write_new(*each, 0644); !written) return written.error();
  }
  // From here on the files just written say where things go: what `init` makes is what every command will look for.
  const auto config = config_or_error(load_config(file, context.environment, Scope::everything));
  if (!config) return config.error();
  std::vector<fs::path> closed{config->store.database.parent_path(), config->store.keys.parent_path(), config->store.backups};
  if (!config->keys.master_key_file.empty()) closed.push_back(config->keys.master_key_file.parent_path());
  for (const auto& path : closed) {
    if (auto made = make_directory(path, 0700); !made) return made.error();
  }
  if (auto made = make_directory(config->views.directory, 02750); !made) return made.error();
  // The public server makes files there that the worker, in the directory's group, takes away.
  if (auto made = make_directory(config->contact.spool, 02770); !made) return made.error();
  if (auto created = create_store(*config, context.clock); !created) return created.error();
  if (auto made = relay::SecretKey::create(config->relay.secret_key, config->contact.public_key); !made) return made.error();
  for (const fs::path& path :
       {config->keys.master_key_file, config->relay.secret_key, config->store.database, config->store.keys}) {
    if (path.empty()) continue;
    if (auto handed = hand_over(path); !handed) return handed.error();
  }
  context.output.line(fmt::format("configuration: {}", file.string()));
  context.output.line(fmt::format("registrar, TLDs, policies: {}", parts.path.string()));
  context.output.line(
      fmt::format("master key: {} (copy it to a safe place apart from every backup)", config->keys.master_key_file.string()));
  context.output.line(fmt::format("store: {}, keys: {}", config->store.database.string(), config->store.keys.string()));
  context.output.line(
      fmt::format("letter spool: {}, opened by {} only", config->contact.spool.string(), config->relay.secret_key.string()));
  context.output.line(fmt::format("next: edit {}, then `regdata --config {} doctor`", parts.path.string(), file.string()));
  return {Exit::done, boost::json::object{{"config", file.string()},
                                          {"parts", parts.path.string()},
                                          {"masterKey", config->keys.master_key_file.string()},
                                          {"database", config->store.database.string()},
                                          {"keys", config->store.keys.string()},
                                          {"views", config->views.directory.string()}}};
}

}  // namespace

void add_init(CommandLine& line) {
  Verb app = line.verb("init", "make configuration, keys and an empty store; overwrites nothing", "operation");
  auto directory = std::make_shared<std::string>();
  app.option("--directory", *directory, "everything below this directory, on loopback ports: a rehearsal").called("DIR");
  line.does(app, [directory](Context& context) { return init(context, *directory); });
}

}  // namespace regdata::app
