// regdata deposit keys | header-map; the other verbs stand in deposit_make.cpp and deposit_ledger.cpp
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/deposit.hpp"
#include "app/escrow_desk.hpp"
#include "app/store_access.hpp"
#include "escrow/columns.hpp"
#include "escrow/key_file.hpp"
#include "escrow/openpgp/armor.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;
namespace openpgp = escrow::openpgp;

constexpr std::chrono::days usual_life{3 * 365};

void random_bytes(std::span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); }

/// The one asked for, or the only one.
Expected<const Registrar*> registrar_argument(const Config& config, const std::string& id) {
  if (id.empty() && config.catalog.registrars.size() == 1) return &config.catalog.registrars.front();
  const Registrar* found = config.catalog.registrar(id);
  if (found != nullptr) return found;
  std::string known;
  for (const Registrar& one : config.catalog.registrars) known += (known.empty() ? "" : ", ") + one.id;
  return make_error(Errc::usage,
                    id.empty() ? std::string("which registrar: several are configured")
                               : fmt::format("no [[registrar]] has the id \"{}\"", id.substr(0, 64)),
                    fmt::format("--registrar takes one of {}", known));
}

struct KeyArguments {
  std::string registrar;
  std::string version = "6";
  std::string days;
  bool drill = false;
  bool next = false;
  bool now = false;
};

/// The next key takes the place of the present one, which is kept for what it signed, or sealed.
Expected<void> take_over(const fs::path& file, const openpgp::SigningIdentity& present) {
  const std::string fingerprint = escrow::upper_hex(present.certificate().primary().fingerprint());
  std::error_code failure;
  const fs::path former = former_key_file(file, fingerprint);
  if (!fs::exists(former, failure)) fs::create_hard_link(file, former, failure);
  if (failure) return escrow::file_error("keep", former, failure.value());
  if (auto kept = escrow::sync_directory(file.parent_path()); !kept) return kept;
  fs::rename(next_key_file(file), file, failure);  // in one step: at no time is there no key
  if (failure) return escrow::file_error("replace", file, failure.value());
  return escrow::sync_directory(file.parent_path());
}

Expected<std::chrono::seconds> life_argument(const std::string& text) {
  if (text.empty()) return usual_life;
  std::uint32_t days = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (code != std::errc{} || end != text.data() + text.size() || days == 0 || days > 3650)
    return make_error(Errc::usage, fmt::format("--days {}: a number from 1 to 3650 is wanted", text.substr(0, 64)));
  return std::chrono::days(days);
}

/// Made where there is none. A key that is there is shown, and never replaced: deposits are signed by it.
Expected<openpgp::SigningIdentity> identity_in(const fs::path& file, const std::string& user_id, std::uint8_t version,
                                               std::chrono::seconds life, escrow::KeyFileKey key, UtcTime now, bool& made) {
  auto held = escrow::read_key_file(file, key);
  if (held || held.error().code != Errc::not_found) return held;
  std::error_code failure;
  fs::create_directory(file.parent_path(), failure);
  if (!failure) fs::permissions(file.parent_path(), fs::perms::owner_all, failure);
  if (failure)
    return make_error(Errc::unavailable, fmt::format("cannot make {}: {}", file.parent_path().string(), failure.message()),
                      "[escrow] keys names the directory; the one above it must be there");
  if (auto handed = hand_over(file.parent_path()); !handed) return handed.error();
  auto fresh = openpgp::SigningIdentity::generate(version, user_id, now, life, random_bytes);
  if (!fresh) return fresh;
  if (auto written = escrow::write_key_file(file, *fresh, key, random_bytes); !written) return written.error();
  if (auto handed = hand_over(file); !handed) return handed.error();
  made = true;
  return fresh;
}

std::string user_id_of(const Registrar& registrar, bool drill) {
  return fmt::format("{} ({}IANA {}) <{}>", registrar.name, drill ? "restore drills, " : "", registrar.iana_id,
                     registrar.email.empty() ? registrar.abuse_email : registrar.email);
}

/// The key that follows, or that one in force.
Expected<openpgp::SigningIdentity> next_identity(const fs::path& file, const KeyArguments& arguments,
                                                 const std::string& user_id, std::chrono::seconds life, escrow::KeyFileKey key,
                                                 UtcTime now, bool& made) {
  const auto present = escrow::read_key_file(file, key);
  if (!present) return present.error();
  const fs::path next = next_key_file(file);
  const bool has_ended = !present->certificate().expires(now) || *present->certificate().expires(now) <= now;
  std::error_code ignored;
  if (arguments.now || (has_ended && fs::exists(next, ignored))) {
    auto waiting = escrow::read_key_file(next, key);
    if (!waiting && waiting.error().code == Errc::not_found)
      return make_error(Errc::not_found, fmt::format("no key follows: {} is not there", next.string()),
                        "--next without --now makes it; the agent needs its certificate first");
    if (!waiting) return waiting;
    if (auto taken = take_over(file, *present); !taken) return taken.error();
    if (arguments.now) return waiting;
  }
  return identity_in(next, user_id, arguments.version == "6" ? 6 : 4, life, key, now, made);
}

Outcome keys(Context& context, const KeyArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto registrar = registrar_argument(*config, arguments.registrar);
  if (!registrar) return registrar.error();
  const auto life = life_argument(arguments.days);
  if (!life) return life.error();
  SecretBytes<32> key;
  if (auto derived = escrow_key(*config, key.bytes()); !derived) return derived.error();
  const std::uint8_t version = arguments.version == "6" ? 6 : 4;
  const fs::path file =
      arguments.drill ? drill_key_file(*config, version) : signing_key_file(*config, (*registrar)->id, version);
  const UtcTime now = std::chrono::floor<std::chrono::seconds>(context.clock());
  bool made = false;
  if (arguments.now && !arguments.next) return Error{Errc::usage, "--now is said of a key that follows", "--next --now"};
  const std::string user_id = user_id_of(**registrar, arguments.drill);
  const auto identity = arguments.next ? next_identity(file, arguments, user_id, *life, key.bytes(), now, made)
                                       : identity_in(file, user_id, version, *life, key.bytes(), now, made);
  if (!identity) return identity.error();
  const auto& certificate = identity->certificate();
  const std::string fingerprint = escrow::upper_hex(certificate.primary().fingerprint());
  const auto until = certificate.expires(now);
  const std::string ends = until ? format_rfc3339(*until) : "it has ended";
  const std::string armour = openpgp::armored(identity->public_bytes(), "PGP PUBLIC KEY BLOCK", version == 4);
  const fs::path shown = arguments.next && !arguments.now ? next_key_file(file) : file;
  context.output.note(fmt::format("{} {}, sealed under the master key", made ? "made" : "there already:", shown.string()));
  context.output.note(fmt::format("fingerprint {}", fingerprint));
  context.output.note(arguments.drill
                          ? fmt::format("opens deposits made until {}, where [[escrow_agent]] drill_key is true", ends)
                          : fmt::format("signs until {}; upload the certificate to the agent's portal", ends));
  context.output.raw(armour);
  return {Exit::done, boost::json::object{{"made", made},
                                          {"file", shown.string()},
                                          {"version", version},
                                          {"fingerprint", fingerprint},
                                          {"userId", certificate.user_id()},
                                          {"until", until ? boost::json::value(ends) : boost::json::value(nullptr)},
                                          {"certificate", armour}}};
}

struct MapArguments {
  std::string agent;
  std::vector<std::string> further;
};

Outcome header_map(Context& context, const MapArguments& arguments) {
  const auto usual = escrow::columns_of_2024();
  std::vector<std::string> further = arguments.further;
  if (!arguments.agent.empty()) {
    if (!further.empty())
      return Error{Errc::usage, "an agent and columns: its columns are in the configuration", "one or the other"};
    const auto config = context.config();
    if (!config) return config.error();
    const auto settings = agent_settings(*config, arguments.agent);
    if (!settings) return settings.error();
    if ((*settings)->specification != "2024")
      return Error{Errc::usage,
                   "agent " + arguments.agent + " takes deposits of another specification, which has no mapping file", ""};
    further = (*settings)->columns;
  }
  std::vector<escrow::Column> columns(usual.begin(), usual.end());
  for (const std::string& name : further) {
    const auto column = escrow::further_column(name);
    if (!column) return column.error();
    columns.push_back(*column);
  }
  const std::string text = escrow::mapping_file(columns);
  context.output.raw(text);
  return {Exit::done, boost::json::object{{"csv", text}}};
}

}  // namespace

void add_opening_options(Verb app, std::vector<std::string>& keys, std::vector<std::string>& signers) {
  app.option("--key", keys, "a secret key that opens the deposit, without passphrase; may be given often")
      .called("FILE")
      .take_all()
      .one_at_a_time();
  app.option("--signer", signers, "a certificate that signed it, if it is not one of ours; may be given often")
      .called("FILE")
      .take_all()
      .one_at_a_time();
}

void add_deposit(CommandLine& line) {
  Verb noun = line.noun("deposit", "escrow deposits: make, verify, send, follow", "operation");
  Verb app = line.verb_of(noun, "keys", "make the key that signs deposits where there is none; show its certificate");
  auto arguments = std::make_shared<KeyArguments>();
  app.option("--registrar", arguments->registrar, "id of one of our registrars; none: the only one").called("ID");
  app.option("--version", arguments->version, "6 (RFC 9580) or 4 (RSA, for agents of before 2027)")
      .called("VERSION")
      .one_of({"4", "6"});
  app.flag("--drill", arguments->drill, "the key that restore drills open deposits with, instead");
  app.flag("--next", arguments->next, "the key that takes over once the present one has ended, instead");
  app.flag("--now", arguments->now, "with --next: it takes over at once; the former one is kept");
  app.option("--days", arguments->days, "how long a new key signs (1095)").called("DAYS");
  line.does(app, [arguments](Context& context) { return keys(context, *arguments); });
  app = line.verb_of(noun, "header-map", "print the header mapping file of ICANN's specification of 2024");
  auto map = std::make_shared<MapArguments>();
  app.option("AGENT", map->agent, "whose columns; none: those of the specification, and those given");
  app.option("--column", map->further, "a further column that is deposited, may be given often: tc-name, ds ...")
      .called("COLUMN")
      .take_all()
      .one_at_a_time();
  line.does(app, [map](Context& context) { return header_map(context, *map); });
  add_deposit_making(line, noun);
  add_deposit_ledger(line, noun);
  add_deposit_check(line, noun);
  add_deposit_where(line, noun);
  add_deposit_restore(line, noun);
}

}  // namespace regdata::app
