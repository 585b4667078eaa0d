// What the operator configures: one TOML file, conf.d/*.toml beside it, REGDATA_SECTION__KEY in the environment.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "registration/catalog.hpp"
#include "registration/error.hpp"

namespace regdata::app {

/// Names and texts: the settings of a policy.
using TextMap = std::map<std::string, std::string, std::less<>>;

/// Everything configurable, with its default. The keys, their limits and one line of help each stand in config_schema.cpp;
/// docs/configuration.md and the manual page are checked against it. Paths are absolute once loaded. No secret is ever a value
/// here: secrets are files or systemd credentials.
struct Config {
  struct Store {
    std::filesystem::path database = "/var/lib/regdata/registrations.db";
    std::filesystem::path keys = "/var/lib/regdata/keys/keys.db";
    std::filesystem::path backups = "/var/lib/regdata/backups";
    std::string region = "EU";
  } store;
  struct Keys {
    std::filesystem::path master_key_file;
    std::string master_key_credential;
  } keys;
  struct Views {
    std::filesystem::path directory = "/var/lib/regdata-views";
  } views;
  struct Publication {
    std::string contact_form;
    std::string relay_domain;
    std::filesystem::path disclaimer_file;
    std::string rdap_base;
    std::string terms_url;
    std::string disclosure_url;
    std::string redacted_text = "REDACTED";
    std::vector<std::string> layout;
  } publication;
  struct Worker {
    std::string admin = "127.0.0.1:9043";
    std::chrono::milliseconds poll{100};
  } worker;
  struct Serve {
    std::string admin = "127.0.0.1:9044";
    std::uint32_t threads = 1;
    std::chrono::milliseconds drain{5000};
    bool query_log = false;
  } serve;
  struct Whois {
    std::vector<std::string> listen{"[::]:43", "0.0.0.0:43"};
    std::uint32_t queries_per_minute = 60;
    std::uint32_t queries_burst = 20;
    std::uint32_t no_matches_per_minute = 30;
    std::uint32_t no_matches_burst = 20;
    std::uint32_t personal_per_minute = 10;
    std::uint32_t personal_burst = 20;
    std::uint32_t wide_factor = 32;
    std::uint32_t connections = 10000;
    std::uint32_t connections_per_prefix = 32;
    std::chrono::milliseconds first_byte_timeout{5000};
    std::chrono::milliseconds query_timeout{10000};
    std::chrono::milliseconds write_timeout{15000};
    std::vector<std::string> proxies;
    std::vector<std::string> allow;
  } whois;
  struct Http {
    std::vector<std::string> listen;
    std::vector<std::string> listen_plain;
    std::vector<std::string> redirect;
    std::filesystem::path certificate;
    std::filesystem::path private_key;
    std::uint32_t queries_per_minute = 600;
    std::uint32_t queries_burst = 60;
    std::uint32_t no_matches_per_minute = 300;
    std::uint32_t no_matches_burst = 60;
    std::uint32_t personal_per_minute = 60;
    std::uint32_t personal_burst = 30;
    std::uint32_t wide_factor = 32;
    std::uint32_t connections = 20000;
    std::uint32_t connections_per_prefix = 64;
    std::chrono::milliseconds handshake_timeout{10000};
    std::chrono::milliseconds request_timeout{10000};
    std::chrono::milliseconds idle_timeout{75000};
    std::chrono::milliseconds write_timeout{15000};
    std::vector<std::string> proxies;
    std::vector<std::string> forwarders;
    std::vector<std::string> allow;
  } http;
  /// The letter form: the public server's part.
  struct Contact {
    bool form = false;
    std::filesystem::path spool = "/var/lib/regdata-spool";
    std::filesystem::path public_key = "/etc/regdata/relay.pub";
    std::uint32_t proof_bits = 18;
    std::uint32_t letters_per_hour = 6;
    std::uint32_t letters_burst = 4;
    std::uint32_t letters_per_name = 20;
    std::uint32_t spool_files = 1000;
    std::uint32_t spool_mib = 32;
    friend bool operator==(const Contact&, const Contact&) = default;
  } contact;
  /// Mail: the worker's part.
  struct Relay {
    std::string server;
    std::string tls = "starttls";
    std::filesystem::path ca_file;
    std::filesystem::path user_file;
    std::filesystem::path password_file;
    std::string hello;
    std::string from;
    std::string bounce_domain;
    std::filesystem::path secret_key = "/etc/regdata/secret/relay.key";
    std::chrono::milliseconds poll{1000};
    std::chrono::milliseconds timeout{60000};
    std::chrono::milliseconds retry{60000};
    std::chrono::milliseconds give_up{432000000};
    std::chrono::milliseconds renew_addresses{7776000000};
    std::uint32_t inbound_per_name = 50;
  } relay;
  struct Escrow {
    std::filesystem::path keys = "/etc/regdata/secret/escrow";
    std::filesystem::path deposits = "/var/lib/regdata/deposits";
    std::string roid_suffix = "REGDATA";
    std::chrono::milliseconds poll{60000};
    std::chrono::milliseconds retry{300000};
    std::chrono::milliseconds answer_within{3 * 24 * 3600000LL};
    std::vector<std::string> alert_to;
  } escrow;
  /// An agent, and how one of our registrars deposits with it.
  struct EscrowAgent {
    std::string id;
    std::string recipient;
    std::string registrar;
    std::string specification = "2024";
    std::string rde_name;
    std::filesystem::path certificate;
    std::string fingerprint;
    std::filesystem::path former_certificate;
    std::string former_fingerprint;
    std::string switch_on;
    bool drill_key = false;
    std::uint32_t keep_days = 0;
    std::uint32_t keep_here_days = 0;
    std::filesystem::path folder;
    std::string sftp;
    std::filesystem::path ssh_key;
    std::string host_key;
    std::filesystem::path verdicts;
    std::string mail_server;
    std::string mail_domain;
    std::string mail_accepted = "{deposit}: DVPN";
    std::string mail_rejected = "{deposit}: DVFN";
    std::string mail_missing = "{deposit}: DRFN";
    std::vector<std::string> policies{"icann-gtld"};
    std::vector<std::string> columns;
    std::string when_missing = "hold";
    std::string street_separator = ", ";
    bool billing_is_registrant = true;
    bool quote_all = false;
    bool crlf = false;
    std::uint32_t gzip_level = 4;
    std::uint32_t rows_per_file = 1'000'000;
    std::uint32_t megabytes_per_file = 1000;
    std::uint32_t first_part = 1;
    bool header_in_every_part = false;
    bool extension_in_hash_file = true;
    std::string every = "manual";
    std::string weekday = "sunday";
    std::string between = "full";
    std::string at = "00:00";
    std::chrono::milliseconds grace{21600000};
    std::uint32_t fewer_rows = 20;
    std::uint32_t worse = 5;
    std::uint32_t script_change = 10;
    std::uint32_t least_rows = 10;
  };
  std::vector<EscrowAgent> escrow_agents;
  struct Page {
    bool offered = true;
    std::filesystem::path templates;
    std::string language = "en";
    friend bool operator==(const Page&, const Page&) = default;
  } page;
  struct Log {
    std::string level = "info";
    std::string format = "text";
  } log;
  struct PolicyFile {
    std::string name;
    std::filesystem::path file;  ///< empty: the shipped policy of that name
    TextMap settings;            ///< values for the settings that the policy file declares
  };
  std::vector<PolicyFile> policies;
  /// A registry that speaks EPP, and our account there.
  struct Registry {
    std::string id;
    std::string address;
    std::string server_name;
    std::filesystem::path authorities;
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::string source_address;
    std::string account;
    std::string registrar;
    std::filesystem::path password;
    std::string language = "en";
    std::uint32_t query_window = 1;
    std::uint32_t transform_window = 1;
    bool checks_client_id = true;
    std::vector<std::string> namespaces;
    std::vector<std::string> sub_products;
    std::vector<std::string> without_extensions;
    std::chrono::milliseconds query_time{60000};
    std::chrono::milliseconds transform_time{120000};
    std::chrono::milliseconds settle_time{60000};
    std::chrono::milliseconds second_look_time{30000};
    std::chrono::milliseconds poll{30000};
    std::uint32_t sessions = 0;
    std::uint32_t sync_sessions = 1;
    std::uint32_t queries_per_minute = 0;
    std::uint32_t transforms_per_minute = 0;
    std::chrono::milliseconds session_age{std::chrono::hours(1)};
    std::chrono::milliseconds idle_limit{std::chrono::minutes(5)};
    std::chrono::milliseconds look_again{std::chrono::hours(24 * 30)};
    std::uint32_t looks_per_step = 100;
    std::string data_model = "minimum";
    std::string contact_prefix;
    std::string postal = "by-script";
    std::vector<std::string> disclose_default{"name-int", "name-loc", "org-int", "org-loc", "addr-int",
                                              "addr-loc", "voice",    "fax",     "email"};
    std::vector<std::string> disclose_adjustable{disclose_default};
    std::string disclose_polarity = "both";
    std::string disclose_update = "unknown";
    std::string disclose_info = "exceptions";
  };
  std::vector<Registry> registries;
  Catalog catalog;
};

/// One thing wrong with the configuration. `error.context` begins with "file:line:column: " where a place is known.
using ConfigProblems = std::vector<Error>;

/// Where a setting came from: "/etc/regdata/regdata.toml:12", "environment", "default". Keys as "store.database".
using Origins = std::map<std::string, std::string, std::less<>>;

struct LoadedConfig {
  Config config;
  Origins origins;
  ConfigProblems problems;                   ///< empty: the configuration is good
  std::vector<std::filesystem::path> files;  ///< in the order they were read
};

/// Which process asks. The server that faces the public never learns where store and keys are (house.md §3, Processes):
/// with Scope::serve only [views], [serve], [whois], [http], [page] and [log] are read, everything else keeps its default
/// unlooked at.
enum class Scope : std::uint8_t { everything, serve };

/// Reads `file`, conf.d/*.toml beside it in lexical order (later wins; repeated tables add up) and `environment` (as environ;
/// may be null), then checks everything against everything. Never throws for bad input; see `problems`.
LoadedConfig load_config(const std::filesystem::path& file, const char* const* environment, Scope scope);

/// The first problem as an error (with the number of others), or the configuration.
Expected<Config> config_or_error(LoadedConfig loaded);

/// Takes the name of a setting, what is wrong with it, and what helps.
using TellSetting = std::function<void(std::string_view setting, const std::string& why, const char* hint)>;

/// Checks between settings: a TLD's policy and registry exist, ids are unique, addresses and URLs are valid (config_check.cpp).
void check_config(const Config& config, const Origins& origins, Scope scope, ConfigProblems& problems);

/// The effective configuration as TOML; with `origins` each line ends in a comment that says where it came from.
std::string show_config(const LoadedConfig& loaded, bool with_origins);

/// The part that the public server reads, as a file of its own: what `run` hands to the server that it starts, so that the
/// server never sees the file that names store and keys.
std::string serve_config(const Config& config);

/// Every section and key with type, default and meaning, as Markdown: the table of docs/configuration.md.
std::string config_reference();

/// A commented configuration file with every key; what is not given stands as a comment with its default.
/// `given` is TOML text by key ("store.database" -> "\"registrations.db\"").
std::string commented_config(const TextMap& given);

}  // namespace regdata::app
