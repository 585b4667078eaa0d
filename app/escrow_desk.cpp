#include "app/escrow_desk.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "app/store_access.hpp"
#include "app/version.hpp"
#include "escrow/deposit_sender.hpp"
#include "escrow/retirement.hpp"
#include "escrow/sftp_delivery.hpp"

namespace regdata::app {
namespace {

const Recipient* recipient_of(const Config& config, const Config::EscrowAgent& settings) {
  const auto& list = config.catalog.recipients;
  const auto found = std::ranges::find_if(list, [&](const Recipient& one) { return one.id == settings.recipient; });
  return found == list.end() ? nullptr : &*found;
}

std::optional<UtcTime> switch_day(const Config::EscrowAgent& settings) {
  if (settings.switch_on.empty()) return std::nullopt;
  const auto day = parse_rfc3339(settings.switch_on + "T00:00:00Z");
  return day ? std::optional(*day) : std::nullopt;
}

/// The day of the switch has not come.
bool is_former(const Config::EscrowAgent& settings, UtcTime now) {
  const auto day = switch_day(settings);
  return day && now < *day;
}

}  // namespace

Expected<const Config::EscrowAgent*> agent_settings(const Config& config, const std::string& id) {
  const auto& list = config.escrow_agents;
  if (list.empty())
    return make_error(Errc::configuration, "no [[escrow_agent]] is configured",
                      "docs/escrow.md shows what one needs: recipient, registrar, certificate, fingerprint");
  if (id.empty() && list.size() == 1) return &list.front();
  const auto found = std::ranges::find_if(list, [&](const Config::EscrowAgent& one) { return one.id == id; });
  if (found != list.end()) return &*found;
  std::string known;
  for (const auto& one : list) known += (known.empty() ? "" : ", ") + one.id;
  return make_error(Errc::usage,
                    id.empty() ? std::string("which agent: several are configured")
                               : fmt::format("no [[escrow_agent]] has the id \"{}\"", id.substr(0, 64)),
                    "one of " + known);
}

Expected<std::vector<const Config::EscrowAgent*>> agents_meant(const Config& config, const std::string& id) {
  std::vector<const Config::EscrowAgent*> meant;
  if (id.empty())
    for (const auto& one : config.escrow_agents) meant.push_back(&one);
  if (!meant.empty()) return meant;
  const auto one = agent_settings(config, id);
  if (!one) return one.error();
  meant.push_back(*one);
  return meant;
}

std::optional<std::chrono::minutes> schedule_time(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 100; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hours = digit(0) * 10 + digit(1);
  const int minutes = digit(3) * 10 + digit(4);
  if (hours > 23 || minutes > 59) return std::nullopt;
  return std::chrono::hours(hours) + std::chrono::minutes(minutes);
}

std::optional<escrow::DepositKind> deposit_kind(std::string_view word) {
  using Kind = escrow::DepositKind;
  if (word == "full") return Kind::full;
  if (word == "incremental") return Kind::incremental;
  if (word == "differential") return Kind::differential;
  return std::nullopt;
}

escrow::Schedule make_schedule(const Config::EscrowAgent& settings) {
  using Every = escrow::Schedule::Every;
  constexpr std::array<std::string_view, 7> weekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                     "thursday", "friday", "saturday"};
  const auto found = std::ranges::find(weekdays, settings.weekday);
  escrow::Schedule schedule;
  schedule.every = settings.every == "week" ? Every::week : settings.every == "day" ? Every::day : Every::manual;
  schedule.weekday = std::chrono::weekday(static_cast<unsigned>(found - weekdays.begin()) % 7);
  schedule.between = deposit_kind(settings.between).value_or(escrow::DepositKind::full);
  schedule.at = schedule_time(settings.at).value_or(std::chrono::minutes(0));
  schedule.grace = std::chrono::duration_cast<std::chrono::seconds>(settings.grace);
  return schedule;
}

Expected<escrow::Agent> make_agent(const Config& config, const Config::EscrowAgent& settings) {
  const Recipient* recipient = recipient_of(config, settings);
  const Registrar* registrar = config.catalog.registrar(settings.registrar);
  if (recipient == nullptr || registrar == nullptr)
    return make_error(Errc::configuration, "escrow_agent " + settings.id + " names what is not configured");
  escrow::Agent agent;
  agent.id = settings.id;
  agent.registrar = *registrar;
  agent.specification = settings.specification;
  agent.agreement = recipient->agreement;
  agent.region = recipient->region;
  agent.store_region = config.store.region;
  agent.takes_abroad = !recipient->transfer_basis.empty();
  agent.policies = settings.policies;
  agent.plan.has_tables = settings.specification == "rfc9022-csv";
  agent.plan.is_document = settings.specification == "rfc9022" || agent.plan.has_tables;
  agent.plan.rde_name = settings.rde_name;
  agent.plan.keeps_objects = settings.between != "full";
  agent.plan.roid_suffix = config.escrow.roid_suffix;
  const bool by_handle = settings.specification == "2007";
  const auto usual = by_handle ? escrow::columns_of_2007() : escrow::columns_of_2024();
  agent.plan.columns.assign(usual.begin(), usual.end());
  if (by_handle) {
    const auto own = escrow::contact_columns_of_2007();
    agent.plan.contact_columns.assign(own.begin(), own.end());
  }
  for (const std::string& name : settings.columns) {
    const auto column = escrow::further_column(name);
    if (!column) return column.error();
    agent.plan.columns.push_back(*column);
  }
  agent.plan.iana_id = registrar->iana_id;
  agent.plan.rules = {.street_separator = settings.street_separator, .billing_is_registrant = settings.billing_is_registrant};
  agent.plan.when_missing = settings.when_missing == "hold" ? escrow::WhenMissing::hold : escrow::WhenMissing::leave_empty;
  agent.plan.dialect = {.quote_all = settings.quote_all, .crlf = settings.crlf};
  agent.plan.gzip_level = static_cast<int>(settings.gzip_level);
  agent.plan.rows_per_file = settings.rows_per_file;
  agent.plan.bytes_per_file = std::uint64_t{settings.megabytes_per_file} * 1'000'000;
  agent.plan.first_part = settings.first_part;
  agent.plan.header_in_every_part = settings.header_in_every_part;
  agent.plan.extension_in_hash_file = settings.extension_in_hash_file;
  agent.drift = {.fewer_rows = settings.fewer_rows,
                 .worse = settings.worse,
                 .script = settings.script_change,
                 .least_rows = settings.least_rows};
  agent.directory = config.escrow.deposits / settings.id;
  return agent;
}

std::filesystem::path signing_key_file(const Config& config, std::string_view registrar, unsigned profile) {
  return config.escrow.keys / fmt::format("{}-v{}.key", registrar, profile);
}

std::filesystem::path drill_key_file(const Config& config, unsigned profile) {
  return config.escrow.keys / fmt::format("v{}.drill.key", profile);
}

std::filesystem::path next_key_file(const std::filesystem::path& file) {
  return file.parent_path() / (file.stem().string() + ".next.key");
}

std::filesystem::path former_key_file(const std::filesystem::path& file, std::string_view fingerprint) {
  return file.parent_path() / fmt::format("{}.{}.former.key", file.stem().string(), fingerprint.substr(0, 16));
}

namespace {

/// The one in the file, or the next one where that has ended and there is a next one.
Expected<escrow::openpgp::SigningIdentity> identity_in_force(const std::filesystem::path& file, escrow::KeyFileKey key,
                                                             UtcTime now) {
  auto identity = escrow::read_key_file(file, key);
  if (!identity || identity->certificate().signing_key(now)) return identity;
  auto next = escrow::read_key_file(next_key_file(file), key);
  return next || next.error().code != Errc::not_found ? std::move(next) : std::move(identity);
}

/// Of a key of our own.
Error ended(const std::filesystem::path& file, const Error& why, const char* option) {
  return {why.code, fmt::format("{}: {}", file.string(), why.context),
          fmt::format("`regdata deposit keys{} --next` makes the one that follows; its certificate goes to the agent", option)};
}

Expected<std::unique_ptr<escrow::PinnedCertificate>> certificate_of_today(const Config::EscrowAgent& settings, UtcTime now) {
  const bool former = is_former(settings, now);
  return escrow::PinnedCertificate::read(former ? settings.former_certificate : settings.certificate,
                                         former ? settings.former_fingerprint : settings.fingerprint, now);
}

}  // namespace

Expected<void> check_agent_files(const Config::EscrowAgent& settings, UtcTime now) {
  if (const auto pinned = certificate_of_today(settings, now); !pinned) return pinned.error();
  const auto door = open_delivery(settings);
  return door ? Expected<void>() : door.error();
}

Expected<EscrowKeys> EscrowKeys::open(const Config& config, const Config::EscrowAgent& settings, UtcTime now) {
  auto pinned = certificate_of_today(settings, now);
  if (!pinned) return pinned.error();
  const unsigned profile = (*pinned)->certificate.primary().version();
  SecretBytes<32> key;
  if (auto derived = escrow_key(config, key.bytes()); !derived) return derived.error();
  const auto file = signing_key_file(config, settings.registrar, profile);
  auto identity = identity_in_force(file, key.bytes(), now);
  if (!identity) {
    const bool none = identity.error().code == Errc::not_found;
    return none ? make_error(
                      Errc::not_found, fmt::format("no key to sign deposits with: {} is not there", file.string()),
                      fmt::format("`regdata deposit keys --registrar {} --version {}` makes it", settings.registrar, profile))
                : identity.error();
  }
  EscrowKeys keys(std::move(*pinned), std::move(*identity));
  const auto signer = keys.identity_->certificate().signing_key(now);
  if (!signer) return ended(file, signer.error(), "");
  keys.signer_ = keys.identity_->secret(**signer);
  if (is_former(settings, now)) keys.switch_ = switch_day(settings);
  if (settings.drill_key)
    if (auto added = keys.add_drill_key(drill_key_file(config, profile), key.bytes(), now); !added) return added.error();
  if (keys.signer_ == nullptr) return make_error(Errc::damaged, file.string() + " lacks the secret half of its signing key");
  return keys;
}

Expected<void> EscrowKeys::add_drill_key(const std::filesystem::path& file, escrow::KeyFileKey key, UtcTime now) {
  auto identity = identity_in_force(file, key, now);
  if (!identity && identity.error().code == Errc::not_found)
    return make_error(Errc::not_found, fmt::format("drill_key is set, and {} is not there", file.string()),
                      "`regdata deposit keys --drill` makes it, with the --version of the agent's certificate");
  if (!identity) return identity.error();
  drill_ = std::make_unique<escrow::openpgp::SigningIdentity>(std::move(*identity));
  const auto encryption = drill_->certificate().encryption_key(now);
  if (!encryption) return ended(file, encryption.error(), " --drill");
  drill_encryption_ = *encryption;
  return {};
}

escrow::Sealing EscrowKeys::sealing() const {
  std::vector<const escrow::openpgp::PublicKey*> recipients{recipient_->encryption_key};
  if (drill_encryption_ != nullptr) recipients.push_back(drill_encryption_);
  return {.recipients = std::move(recipients), .signer = signer_, .random = [](std::span<std::uint8_t> bytes) {
            randombytes_buf(bytes.data(), bytes.size());
          }};
}

std::vector<std::string> EscrowKeys::recipients() const {
  std::vector<std::string> all{escrow::upper_hex(recipient_->certificate.primary().fingerprint())};
  if (drill_) all.push_back(escrow::upper_hex(drill_->certificate().primary().fingerprint()));
  return all;
}

std::vector<EscrowKeys::Ending> EscrowKeys::endings(UtcTime now) const {
  std::vector<Ending> all;
  const auto add = [&](const char* what, const std::optional<UtcTime>& at) {
    if (at && *at < now + std::chrono::days(90)) all.push_back({what, *at});
  };
  add("the agent's certificate runs out", recipient_->certificate.expires(now));
  add("our signing key runs out", identity_->certificate().expires(now));
  if (drill_) add("our drill key runs out", drill_->certificate().expires(now));
  add("the agent's new certificate is used", switch_);
  return all;
}

std::string told(const EscrowKeys::Ending& ending, UtcTime now) {
  return fmt::format("{} on {}, in {} days", ending.what, escrow::date_text(std::chrono::floor<std::chrono::days>(ending.at)),
                     std::chrono::floor<std::chrono::days>(ending.at - now).count());
}

Expected<std::unique_ptr<escrow::openpgp::PublicKey>> signing_certificate(const Config& config, std::string_view registrar,
                                                                          std::string_view fingerprint) {
  SecretBytes<32> key;
  if (auto derived = escrow_key(config, key.bytes()); !derived) return derived.error();
  std::vector<std::filesystem::path> files;
  for (const unsigned profile : {6U, 4U}) {
    const auto file = signing_key_file(config, registrar, profile);
    files.insert(files.end(), {file, next_key_file(file), former_key_file(file, fingerprint)});
  }
  for (const auto& file : files) {
    const auto identity = escrow::read_key_file(file, key.bytes());
    if (!identity && identity.error().code == Errc::not_found) continue;
    if (!identity) return identity.error();
    for (const auto& one : identity->certificate().keys())
      if (escrow::upper_hex(one.key.fingerprint()) == fingerprint) return std::make_unique<escrow::openpgp::PublicKey>(one.key);
  }
  return make_error(Errc::not_found,
                    fmt::format("the key {} that signed the deposit is not in {}", fingerprint, config.escrow.keys.string()));
}

Expected<DepositOpening> DepositOpening::load(const Config& config, const std::vector<std::string>& keys,
                                              const std::vector<std::string>& signers) {
  namespace fs = std::filesystem;
  SecretBytes<32> key;
  if (auto derived = escrow_key(config, key.bytes()); !derived) return derived.error();
  std::vector<fs::path> files(keys.begin(), keys.end());
  std::error_code failure;  // no directory: no key of ours
  for (auto item = fs::directory_iterator(config.escrow.keys, failure); !failure && item != fs::directory_iterator();
       item.increment(failure))
    if (item->path().extension() == ".key") files.push_back(item->path());
  if (failure && failure != std::errc::no_such_file_or_directory)
    return escrow::file_error("read", config.escrow.keys, failure.value());
  DepositOpening opening;
  for (const fs::path& file : files) {
    auto identity = escrow::read_secret_key(file, key.bytes());
    if (!identity) return identity.error();
    opening.identities_.push_back(std::make_unique<escrow::openpgp::SigningIdentity>(std::move(*identity)));
  }
  for (const fs::path file : signers) {
    const auto bytes = escrow::read_file(file, escrow::openpgp::Certificate::longest);
    if (!bytes) return bytes.error();
    auto certificate = escrow::openpgp::Certificate::read(*bytes);
    if (!certificate) return Error{certificate.error().code, file.string() + ": " + certificate.error().context, {}};
    opening.signers_.push_back(std::make_unique<escrow::openpgp::Certificate>(std::move(*certificate)));
  }
  return opening;
}

escrow::OpeningKeys DepositOpening::keys() const {
  escrow::OpeningKeys all;
  for (const auto& identity : identities_) {
    for (const auto& secret : identity->secrets()) all.secrets.push_back(&secret);
    for (const auto& one : identity->certificate().keys()) all.signers.push_back(&one.key);
  }
  for (const auto& certificate : signers_)
    for (const auto& one : certificate->keys()) all.signers.push_back(&one.key);
  return all;
}

namespace {

/// Makes [escrow] deposits where it is missing.
Expected<void> make_deposit_directory(const Config& config) {
  const auto& directory = config.escrow.deposits;
  std::error_code failure;
  const bool made = std::filesystem::create_directory(directory, failure);
  if (made) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failure);
  if (failure)
    return make_error(Errc::unavailable, fmt::format("cannot make {}: {}", directory.string(), failure.message()),
                      "[escrow] deposits names the directory; the one above it must be there");
  return made ? hand_over(directory) : Expected<void>();
}

}  // namespace

Expected<std::unique_ptr<escrow::Delivery>> open_delivery(const Config::EscrowAgent& settings) {
  if (!settings.sftp.empty()) {
    auto door =
        escrow::SftpDelivery::open({.url = settings.sftp, .private_key = settings.ssh_key, .host_key = settings.host_key});
    if (!door) return door.error();
    return std::unique_ptr<escrow::Delivery>(std::move(*door));
  }
  std::error_code failure;
  if (!std::filesystem::is_directory(settings.folder, failure))
    return make_error(Errc::unavailable,
                      fmt::format("escrow_agent {}: {} is not a directory", settings.id, settings.folder.string()),
                      "[[escrow_agent]] folder names one that is there");
  return std::unique_ptr<escrow::Delivery>(std::make_unique<escrow::FolderDelivery>(settings.folder));
}

Expected<escrow::DepositEntry> make_deposit(const Config& config, const Config::EscrowAgent& settings, const EscrowKeys& keys,
                                            escrow::Ledger& ledger, const Clock& clock,
                                            const escrow::DepositMaker::Request& request) {
  const auto agent = make_agent(config, settings);
  if (!agent) return agent.error();
  const auto store = open_store(config);
  if (!store) return store.error();
  if (auto place = make_deposit_directory(config); !place) return place.error();
  escrow::DepositMaker maker({.store = **store,
                              .ledger = ledger,
                              .catalog = config.catalog,
                              .clock = clock,
                              .program = fmt::format("regdata {}", version)},
                             *agent, keys.sealing(), keys.recipients());
  return maker.make(request);
}

Expected<std::vector<escrow::CollectedVerdict>> collect_verdicts(const Config& config, const Config::EscrowAgent& settings,
                                                                 escrow::Ledger& ledger, const Clock& clock) {
  if (settings.verdicts.empty()) return std::vector<escrow::CollectedVerdict>();
  const Registrar* registrar = config.catalog.registrar(settings.registrar);
  if (registrar == nullptr)
    return make_error(Errc::configuration, "escrow_agent " + settings.id + " names what is not configured");
  return escrow::collect_verdicts(ledger,
                                  {.directory = settings.verdicts,
                                   .agent = settings.id,
                                   .iana_id = registrar->iana_id,
                                   .mail = {.server = settings.mail_server,
                                            .domain = settings.mail_domain,
                                            .accepted = settings.mail_accepted,
                                            .rejected = settings.mail_rejected,
                                            .missing = settings.mail_missing,
                                            .rde_name = settings.rde_name},
                                   .deposits = config.escrow.deposits / settings.id},
                                  clock());
}

Expected<std::vector<std::uint64_t>> retire_deposits(const Config& config, const Config::EscrowAgent& settings,
                                                     escrow::Ledger& ledger, const Clock& clock) {
  const auto agent = make_agent(config, settings);
  if (!agent) return agent.error();
  return escrow::retire_deposits(ledger, *agent,
                                 {.here = std::chrono::days(settings.keep_here_days),
                                  .at_agent = std::chrono::days(settings.keep_days),
                                  .answer_within = config.escrow.answer_within},
                                 clock());
}

Expected<escrow::DepositEntry> send_deposit(const Config& config, const Config::EscrowAgent& settings, escrow::Ledger& ledger,
                                            const escrow::DepositEntry& deposit, const Clock& clock) {
  auto agent = make_agent(config, settings);
  if (!agent) return agent.error();
  agent->fingerprint = is_former(settings, clock()) ? settings.former_fingerprint : settings.fingerprint;
  const auto manifest = escrow::read_manifest(deposit.manifest);
  if (!manifest) return manifest.error();
  const auto signer = signing_certificate(config, settings.registrar, manifest->signer);
  if (!signer) return signer.error();
  const auto delivery = open_delivery(settings);
  if (!delivery) return delivery.error();
  return escrow::send_deposit(ledger, *agent, deposit.id, **signer, **delivery, clock);
}

}  // namespace regdata::app
