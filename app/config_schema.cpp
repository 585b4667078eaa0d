#include "app/config_schema.hpp"

namespace regdata::app {
namespace {

template <class Object, class Member>
Object owner_of(Member Object::*);

template <auto Member>
Slot at(void* object) {
  using Object = decltype(owner_of(Member));
  return &(static_cast<Object*>(object)->*Member);
}

template <auto Member>
void* part(Config& config) {
  return &(config.*Member);
}

// A repeated table: entries of a vector that `List` finds in the configuration.
template <auto List>
void* append(Config& config) {
  auto& list = List(config);
  list.emplace_back();
  return &list.back();
}
template <auto List>
std::size_t count(const Config& config) {
  return List(const_cast<Config&>(config)).size();
}
template <auto List>
void* entry(Config& config, std::size_t index) {
  return &List(config).at(index);
}

std::vector<Config::PolicyFile>& policies(Config& config) { return config.policies; }
std::vector<Registrar>& registrars(Config& config) { return config.catalog.registrars; }
std::vector<Tld>& tlds(Config& config) { return config.catalog.tlds; }
std::vector<Recipient>& recipients(Config& config) { return config.catalog.recipients; }
std::vector<PrivacyService>& services(Config& config) { return config.catalog.privacy_services; }
std::vector<Config::EscrowAgent>& agents(Config& config) { return config.escrow_agents; }
std::vector<Config::Registry>& registries(Config& config) { return config.registries; }

template <auto List>
Section repeated(std::string_view name, std::string_view help, std::vector<Setting> settings, bool worker_side = false) {
  return {name, true, help, append<List>, count<List>, entry<List>, std::move(settings), worker_side};
}

template <auto Member>
Section single(std::string_view name, std::string_view help, std::vector<Setting> settings, bool worker_side = false) {
  return {name, false, help, part<Member>, nullptr, nullptr, std::move(settings), worker_side};
}

Section store_section() {
  using S = Config::Store;
  return single<&Config::store>("store", "where registrations rest; never opened by the public server",
                                {{"database", at<&S::database>, "SQLite file of registrations, sealed contacts and ledgers"},
                                 {"keys", at<&S::keys>, "SQLite file of data keys; back it up apart from the database"},
                                 {"backups", at<&S::backups>, "directory for the backup that precedes a migration"},
                                 {"region", at<&S::region>, "region that the data is kept in, part of every seal: \"EU\""}},
                                true);
}

Section keys_section() {
  using K = Config::Keys;
  return single<&Config::keys>(
      "keys", "the master key: exactly one of the two",
      {{"master_key_file", at<&K::master_key_file>, "file, mode 0600; a readable one is refused"},
       {"master_key_credential", at<&K::master_key_credential>, "name of a systemd credential (LoadCredential=)"}},
      true);
}

Section publication_section() {
  using P = Config::Publication;
  return single<&Config::publication>(
      "publication", "what is published beside the registrations themselves",
      {{"contact_form", at<&P::contact_form>, "https URL with {name} and {role}; stands where an e-mail is withheld"},
       {"relay_domain", at<&P::relay_domain>, "domain of random relay addresses; empty: forms only"},
       {"disclaimer_file", at<&P::disclaimer_file>, "text at the end of every port 43 answer, UTF-8"},
       {"rdap_base", at<&P::rdap_base>, "https URL of the RDAP service, ends in /; may be empty"},
       {"terms_url", at<&P::terms_url>, "web page with the terms of service; empty: the registrar's web site"},
       {"disclosure_url", at<&P::disclosure_url>, "web page that tells how to ask for withheld data; may be empty"},
       {"redacted_text", at<&P::redacted_text>, "what port 43 prints for a withheld value"},
       {"layout", at<&P::layout>, "options of the older port 43 layout (docs/configuration.md)"}},
      true);
}

Section whois_section() {
  using W = Config::Whois;
  constexpr std::int64_t minute = 60000;
  return single<&Config::whois>(
      "whois", "port 43 (RFC 3912)",
      {{"listen", at<&W::listen>, "addresses; not used when systemd passes sockets"},
       {"queries_per_minute", at<&W::queries_per_minute>, "of one IPv4 address or IPv6 /64; 0: no limit", 0, 1000000},
       {"queries_burst", at<&W::queries_burst>, "queries at once before the rate counts", 1, 100000},
       {"no_matches_per_minute", at<&W::no_matches_per_minute>, "\"no match\" answers: probing for free names; 0: no limit", 0,
        1000000},
       {"no_matches_burst", at<&W::no_matches_burst>, "the same at once", 1, 100000},
       {"personal_per_minute", at<&W::personal_per_minute>, "answers with an element shown by its holder's choice; 0: no limit",
        0, 1000000},
       {"personal_burst", at<&W::personal_burst>, "the same at once", 1, 100000},
       {"wide_factor", at<&W::wide_factor>, "an IPv4 /24 or IPv6 /48 may ask this many times as much", 1, 65536},
       {"connections", at<&W::connections>, "open connections in all", 1, 1000000},
       {"connections_per_prefix", at<&W::connections_per_prefix>, "open connections of one IPv4 address or IPv6 /64", 1,
        1000000},
       {"first_byte_timeout", at<&W::first_byte_timeout>, "until the first byte of a query", 10, minute},
       {"query_timeout", at<&W::query_timeout>, "until the whole line", 10, minute},
       {"write_timeout", at<&W::write_timeout>, "for a reader that does not read", 10, 10 * minute},
       {"proxies", at<&W::proxies>, "prefixes whose PROXY protocol v2 header is believed"},
       {"allow", at<&W::allow>, "prefixes without limits: monitoring probes"}});
}

Section http_section() {
  using H = Config::Http;
  constexpr std::int64_t minute = 60000;
  return single<&Config::http>(
      "http", "RDAP (RFC 7480); no address: not offered",
      {{"listen", at<&H::listen>, "addresses for HTTPS: \"[::]:443\", \"0.0.0.0:443\""},
       {"listen_plain", at<&H::listen_plain>, "loopback addresses for HTTP behind a proxy on this machine"},
       {"redirect", at<&H::redirect>, "addresses for HTTP that only lead to HTTPS: \"[::]:80\", \"0.0.0.0:80\""},
       {"certificate", at<&H::certificate>, "PEM file, the server's certificate first; read again when it changes"},
       {"private_key", at<&H::private_key>, "PEM file without a passphrase, not readable by everybody"},
       {"queries_per_minute", at<&H::queries_per_minute>, "of one IPv4 address or IPv6 /64; 0: no limit", 0, 1000000},
       {"queries_burst", at<&H::queries_burst>, "queries at once before the rate counts", 1, 100000},
       {"no_matches_per_minute", at<&H::no_matches_per_minute>, "answers that nothing is held; 0: no limit", 0, 1000000},
       {"no_matches_burst", at<&H::no_matches_burst>, "the same at once", 1, 100000},
       {"personal_per_minute", at<&H::personal_per_minute>, "answers with an element shown by its holder's choice; 0: no limit",
        0, 1000000},
       {"personal_burst", at<&H::personal_burst>, "the same at once", 1, 100000},
       {"wide_factor", at<&H::wide_factor>, "an IPv4 /24 or IPv6 /48 may ask this many times as much", 1, 65536},
       {"connections", at<&H::connections>, "open connections in all", 1, 1000000},
       {"connections_per_prefix", at<&H::connections_per_prefix>, "open connections of one IPv4 address or IPv6 /64", 1,
        1000000},
       {"handshake_timeout", at<&H::handshake_timeout>, "for the TLS handshake", 10, minute},
       {"request_timeout", at<&H::request_timeout>, "from a request's first byte to its last", 10, minute},
       {"idle_timeout", at<&H::idle_timeout>, "between two requests", 10, 60 * minute},
       {"write_timeout", at<&H::write_timeout>, "for a reader that does not read", 10, 10 * minute},
       {"proxies", at<&H::proxies>, "prefixes whose PROXY protocol v2 header is believed"},
       {"forwarders", at<&H::forwarders>, "prefixes whose X-Forwarded-For is believed"},
       {"allow", at<&H::allow>, "prefixes without limits: monitoring probes"}});
}

Section contact_section() {
  using C = Config::Contact;
  return single<&Config::contact>(
      "contact", "the letter form, the public server's part (docs/relay.md)",
      {{"form", at<&C::form>, "offer the form at /contact; needs [http] and [relay]"},
       {"spool", at<&C::spool>, "directory where sealed letters wait for the worker"},
       {"public_key", at<&C::public_key>, "file of the worker's public key: the half that closes letters"},
       {"proof_bits", at<&C::proof_bits>, "work asked of a sender's browser: about 2 to this power of hashes", 0, 30},
       {"letters_per_hour", at<&C::letters_per_hour>, "of one IPv4 address or IPv6 /64; 0: no limit", 0, 100000},
       {"letters_burst", at<&C::letters_burst>, "letters at once before the rate counts", 1, 100000},
       {"letters_per_name", at<&C::letters_per_name>, "to one name in a day, from everybody; 0: no limit", 0, 100000},
       {"spool_files", at<&C::spool_files>, "letters that may wait; what comes then is lost", 1, 1000000},
       {"spool_mib", at<&C::spool_mib>, "the same in MiB", 1, 100000}});
}

Section relay_section() {
  using R = Config::Relay;
  constexpr std::int64_t hour = 3600000;
  return single<&Config::relay>(
      "relay", "mail to holders, the worker's part (docs/relay.md); no server: no mail",
      {{"server", at<&R::server>, "mail server that takes our mail: \"mail.registrar.example:587\""},
       {"tls", at<&R::tls>, "how it is spoken to; none: only to a loopback address", 0, 0, "starttls|implicit|none"},
       {"ca_file", at<&R::ca_file>, "PEM file that its certificate is checked against; empty: the system's"},
       {"user_file", at<&R::user_file>, "file with the user name for its log-in; empty: no log-in"},
       {"password_file", at<&R::password_file>, "file with the password, not readable by everybody"},
       {"hello", at<&R::hello>, "name that we say in EHLO; empty: localhost"},
       {"from", at<&R::from>, "address that our mail is from"},
       {"bounce_domain", at<&R::bounce_domain>,
        "domain whose mail is piped to `regdata relay deliver`; empty: bounces go to `from`"},
       {"secret_key", at<&R::secret_key>, "file of the key that opens the spool's letters, mode 0600"},
       {"poll", at<&R::poll>, "how often spool and outbox are looked at", 10, hour},
       {"timeout", at<&R::timeout>, "for an answer of the mail server", 100, hour},
       {"retry", at<&R::retry>, "pause after a first failed attempt; doubles up to 4 h", 10, 4 * hour},
       {"give_up", at<&R::give_up>, "a mail that could not be sent for so long counts as failed", 1000, 30 * 24 * hour},
       {"renew_addresses", at<&R::renew_addresses>,
        "age at which a relay address is replaced by a new one; the old one works for 30 days more; \"0ms\": never", 0,
        10 * 365 * 24 * hour},
       {"inbound_per_name", at<&R::inbound_per_name>, "mails to one relay address that are forwarded in a day", 1, 100000}},
      true);
}

Section page_section() {
  using P = Config::Page;
  return single<&Config::page>(
      "page", "the lookup page, on the addresses of [http]",
      {{"offered", at<&P::offered>, "whether people get a page there, beside RDAP for programs"},
       {"templates", at<&P::templates>,
        "directory of your own templates, messages and styles (docs/page.md); read at the start"},
       {"language", at<&P::language>, "for visitors whose browser asks for none that there is: \"en\", \"de\""}});
}

Section registrar_section() {
  using R = Registrar;
  return repeated<registrars>("registrar", "one of our own registrars; everything here is public",
                              {{"id", at<&R::id>, "short name, used by imports", 0, 0, "", true},
                               {"iana_id", at<&R::iana_id>, "IANA registrar id", 1, 999999, "", true},
                               {"name", at<&R::name>, "as accredited", 0, 0, "", true},
                               {"street", at<&R::street>, "one to three lines"},
                               {"city", at<&R::city>, "city"},
                               {"state", at<&R::state>, "state or province"},
                               {"postal_code", at<&R::postal_code>, "postal code"},
                               {"country", at<&R::country>, "ISO 3166-1 alpha-2"},
                               {"phone", at<&R::phone>, "+CC.NNN"},
                               {"email", at<&R::email>, "e-mail address"},
                               {"url", at<&R::url>, "web site", 0, 0, "", true},
                               {"whois_server", at<&R::whois_server>, "host name; empty: the line is left out"},
                               {"abuse_email", at<&R::abuse_email>, "abuse contact, never empty (RAA 3.18)", 0, 0, "", true},
                               {"abuse_phone", at<&R::abuse_phone>, "abuse contact, +CC.NNN", 0, 0, "", true}},
                              true);
}

Section privacy_section() {
  using P = PrivacyService;
  return repeated<services>("privacy_service", "a privacy or proxy service; an affiliated one is published in full",
                            {{"id", at<&P::id>, "short name, used by imports", 0, 0, "", true},
                             {"kind", at<&P::kind>, "privacy or proxy"},
                             {"affiliated", at<&P::affiliated>, "affiliated or accredited (Registration Data Policy)"},
                             {"name", at<&P::name>, "published name", 0, 0, "", true},
                             {"organization", at<&P::organization>, "published organization"},
                             {"street", at<&P::street>, "one to three lines"},
                             {"city", at<&P::city>, "city"},
                             {"state", at<&P::state>, "state or province"},
                             {"postal_code", at<&P::postal_code>, "postal code"},
                             {"country", at<&P::country>, "ISO 3166-1 alpha-2", 0, 0, "", true},
                             {"phone", at<&P::phone>, "+CC.NNN"},
                             {"fax", at<&P::fax>, "+CC.NNN"},
                             {"email", at<&P::email>, "address; {token} becomes the domain's random token", 0, 0, "", true}},
                            true);
}

Section escrow_section() {
  using E = Config::Escrow;
  return single<&Config::escrow>(
      "escrow", "deposits with escrow agents (docs/escrow.md)",
      {{"keys", at<&E::keys>, "directory of the keys that sign deposits, sealed under the master key"},
       {"deposits", at<&E::deposits>, "directory of the deposits that were made, one below it for each agent"},
       {"roid_suffix", at<&E::roid_suffix>, "behind the dash of object identifiers that deposits by RFC 9022 issue"},
       {"poll", at<&E::poll>, "how often `regdata run` looks whether one is due", 100, 3600000},
       {"retry", at<&E::retry>, "pause after an attempt that failed; doubles up to an hour", 100, 3600000},
       {"answer_within", at<&E::answer_within>, "how long an agent may be silent about a deposit before it is told", 1000,
        90 * 24 * 3600000LL},
       {"alert_to", at<&E::alert_to>,
        "mail addresses that are told what a person has to look at; needs [relay] server and from"}},
      true);
}

Section registry_section() {
  using R = Config::Registry;
  return repeated<registries>(
      "registry", "a registry that speaks EPP, and our account there (docs/epp.md)",
      {{"id", at<&R::id>, "id of a [[recipient]] of kind registry", 0, 0, "", true},
       {"address", at<&R::address>, "\"epp.registry.test:700\"", 0, 0, "", true},
       {"server_name", at<&R::server_name>, "name that the registry's certificate must have; empty: that of address"},
       {"authorities", at<&R::authorities>,
        "file with the certificates that may vouch for it, and no others; empty: the system's"},
       {"certificate", at<&R::certificate>, "file with our certificate and its chain, where the registry wants one"},
       {"key", at<&R::key>, "file with its key, without passphrase"},
       {"source_address", at<&R::source_address>, "address of ours that the registry knows; empty: whichever"},
       {"account", at<&R::account>, "clID, 3 to 16 characters; empty: only `regdata epp hello`"},
       {"registrar", at<&R::registrar>,
        "id of the [[registrar]] that has the account; may be left out where there is only one"},
       {"password", at<&R::password>, "file with the account's password in its first line, mode 0600"},
       {"language", at<&R::language>, "of the registry's texts"},
       {"query_window", at<&R::query_window>, "checks and infos that may be under way at once", 1, 64},
       {"transform_window", at<&R::transform_window>, "commands that change something, under way at once", 1, 64},
       {"checks_client_id", at<&R::checks_client_id>,
        "off for a registry that does not give our clTRID back: then one at a time"},
       {"namespaces", at<&R::namespaces>,
        "where it has names of its own for what the RFCs have: "
        "\"urn:ietf:params:xml:ns:epp-1.0=https://epp.registry.test/epp\""},
       {"sub_products", at<&R::sub_products>,
        "where one server has several top-level domains (namestoreExt-1.1): \"com=dotCOM\"; without a name: for all others"},
       {"without_extensions", at<&R::without_extensions>, "that it offers, and that are not to be spoken with it"},
       {"query_time", at<&R::query_time>, "how long an answer to a check or info may take", 1000, 3600000},
       {"transform_time", at<&R::transform_time>, "how long an answer to any other command may take", 1000, 3600000},
       {"settle_time", at<&R::settle_time>,
        "after a command whose answer never came, before the registry is asked what became of it", 0, 3600000},
       {"second_look_time", at<&R::second_look_time>,
        "between the two looks that must agree that something was not done, or that a name is gone", 0, 3600000},
       {"sessions", at<&R::sessions>, "that the account may have at a time, on this machine; 0: nobody counts", 0, 1000},
       {"sync_sessions", at<&R::sync_sessions>, "of them, for the questions of sync and of `regdata run` about names", 1, 16},
       {"queries_per_minute", at<&R::queries_per_minute>,
        "checks, infos and polls that the registry lets the account say; a fifth is for operators' commands; 0: no limit", 0,
        1000000},
       {"transforms_per_minute", at<&R::transforms_per_minute>, "the same, of what changes something", 0, 1000000},
       {"session_age", at<&R::session_age>, "how long `regdata run` keeps a session; 0: one for each sync", 0, 86400000},
       {"idle_limit", at<&R::idle_limit>,
        "after which the registry closes a session in which nothing is said; one is kept only where `poll` is at most half of "
        "it",
        1000, 86400000},
       {"poll", at<&R::poll>, "how often `regdata run` syncs with it; 0: never", 0, 86400000},
       {"look_again", at<&R::look_again>, "how long a name is not looked at again without a reason", 60000, 31536000000},
       {"looks_per_step", at<&R::looks_per_step>, "names that `regdata run` looks at each time behind the messages, at most", 0,
        100000},
       {"data_model", at<&R::data_model>, "\"minimum\": no contact is ever sent there; \"thick\": it holds contacts of ours"},
       {"contact_prefix", at<&R::contact_prefix>,
        "begins the ids of our contacts there, which are one space for all registrars; at most 6 characters"},
       {"postal", at<&R::postal>, "form of names and addresses: \"int\" (ASCII alone), \"loc\", or \"by-script\""},
       {"disclose_default", at<&R::disclose_default>,
        "elements of contacts that it shows where nobody says otherwise: name-int, name-loc, org-int, org-loc, addr-int, "
        "addr-loc, voice, fax, email"},
       {"disclose_adjustable", at<&R::disclose_adjustable>, "those for which it takes <disclose>; others follow its default"},
       {"disclose_polarity", at<&R::disclose_polarity>, "\"allow\" (flag 1 alone), \"deny\" (flag 0 alone) or \"both\""},
       {"disclose_update", at<&R::disclose_update>,
        "what becomes of elements that an update does not list: \"replace\" (its default again), \"merge\" (they stay) or "
        "\"unknown\""},
       {"disclose_info", at<&R::disclose_info>, "what an info lists: \"exceptions\" to its default, or \"complete\""}},
      true);
}

Section escrow_agent_section() {
  using A = Config::EscrowAgent;
  return repeated<agents>(
      "escrow_agent", "an escrow agent, and how one of our registrars deposits with it",
      {{"id", at<&A::id>, "short name, used by commands and the ledger", 0, 0, "", true},
       {"recipient", at<&A::recipient>, "id of a [[recipient]] of kind escrow-agent: agreement, region, transfer basis", 0, 0,
        "", true},
       {"registrar", at<&A::registrar>, "id of a [[registrar]]", 0, 0, "", true},
       {"specification", at<&A::specification>, "ICANN's, contacts in line or by handle; or RFC 9022, XML or CSV model", 0, 0,
        "2024|2007|rfc9022|rfc9022-csv"},
       {"rde_name", at<&A::rde_name>, "first part of file names by RFC 9022; empty: the IANA id"},
       {"certificate", at<&A::certificate>, "file with the agent's OpenPGP certificate", 0, 0, "", true},
       {"fingerprint", at<&A::fingerprint>, "that the certificate must have, in hex; another one is refused", 0, 0, "", true},
       {"former_certificate", at<&A::former_certificate>, "file with the certificate that is used until switch_on"},
       {"former_fingerprint", at<&A::former_fingerprint>, "of the former certificate"},
       {"switch_on", at<&A::switch_on>, "first day, UTC, of the certificate: \"2027-01-21\"; empty: there is no former one"},
       {"drill_key", at<&A::drill_key>, "seal deposits to our drill key too, so that `deposit restore --drill` opens them"},
       {"keep_days", at<&A::keep_days>, "days after its date that the agent destroys a deposit, by contract; 0: not known", 0,
        36500},
       {"keep_here_days", at<&A::keep_here_days>,
        "days after its date that a deposit's files go here, once a newer full one has left; 0: they stay", 0, 36500},
       {"folder", at<&A::folder>, "directory that deposits are delivered to; or sftp"},
       {"sftp", at<&A::sftp>, "\"sftp://user@host:22/folder\"; or folder"},
       {"ssh_key", at<&A::ssh_key>, "OpenSSH private key for sftp, without passphrase, mode 0600"},
       {"host_key", at<&A::host_key>, "SHA-256 of the server's key, as `ssh-keygen -lf` prints it; another one is refused"},
       {"verdicts", at<&A::verdicts>,
        "directory that the agent's notifications and mails are dropped into; empty: by hand only"},
       {"mail_server", at<&A::mail_server>, "name of our mail server in Authentication-Results; empty: no mail is believed"},
       {"mail_domain", at<&A::mail_domain>, "the agent's domain: of From, and of a DKIM signature that holds"},
       {"mail_accepted", at<&A::mail_accepted>,
        "sentence of a mail that says that a deposit was accepted, with {deposit} for its name"},
       {"mail_rejected", at<&A::mail_rejected>, "the one that says that it was rejected"},
       {"mail_missing", at<&A::mail_missing>, "the one that says that none came"},
       {"policies", at<&A::policies>, "policies whose names are deposited; two-letter TLDs never are"},
       {"columns", at<&A::columns>, "further columns of 2024, as `regdata deposit header-map --column` names them"},
       {"when_missing", at<&A::when_missing>, "a required value that is not held: hold the deposit, or leave it empty", 0, 0,
        "hold|leave-empty"},
       {"street_separator", at<&A::street_separator>, "between the lines of a street, which has one column"},
       {"billing_is_registrant", at<&A::billing_is_registrant>, "without a billing contact its name is the registrant's"},
       {"quote_all", at<&A::quote_all>, "quotes around every value, not only where they are needed"},
       {"crlf", at<&A::crlf>, "lines end with CR LF, not with LF"},
       {"gzip_level", at<&A::gzip_level>, "1 is fast, 9 is small", 1, 9},
       {"rows_per_file", at<&A::rows_per_file>, "limit of a file", 1, 1000000000},
       {"megabytes_per_file", at<&A::megabytes_per_file>,
        "limit of a file's CSV, of rfc9022 of the sealed file, in 1,000,000 bytes", 1, 1000000},
       {"first_part", at<&A::first_part>, "number of the first file", 0, 1},
       {"header_in_every_part", at<&A::header_in_every_part>, "header line in every file, not only in the first"},
       {"extension_in_hash_file", at<&A::extension_in_hash_file>, "names in the hash file end in .csv"},
       {"every", at<&A::every>, "a deposit is due", 0, 0, "manual|week|day"},
       {"weekday", at<&A::weekday>, "of a weekly deposit; of the full ones among daily ones", 0, 0,
        "sunday|monday|tuesday|wednesday|thursday|friday|saturday"},
       {"between", at<&A::between>, "what daily deposits are on the other days: other than full, only what became different", 0,
        0, "full|incremental|differential"},
       {"at", at<&A::at>, "time of the day, UTC: \"17:00\""},
       {"grace", at<&A::grace>, "how late a deposit may be before it counts as overdue", 0, 7 * 24 * 3600000LL},
       {"fewer_rows", at<&A::fewer_rows>, "percent of rows that may be lost before a deposit is held", 0, 100},
       {"worse", at<&A::worse>, "percentage points that a share of poor values may grow", 0, 100},
       {"script_change", at<&A::script_change>, "percentage points that the share of names beyond ASCII may change", 0, 100},
       {"least_rows", at<&A::least_rows>, "a change of fewer rows never holds a deposit"}},
      true);
}

std::vector<Section> make_sections() {
  constexpr std::int64_t hour = 3600000;
  std::vector<Section> all;
  all.push_back(store_section());
  all.push_back(keys_section());
  all.push_back(single<&Config::views>(
      "views", "the store of redacted views",
      {{"directory", at<&Config::Views::directory>, "written by the worker, read by the public server"}}));
  all.push_back(publication_section());
  all.push_back(
      single<&Config::worker>("worker", "regdata run",
                              {{"admin", at<&Config::Worker::admin>, "loopback address for metrics and health; empty: none"},
                               {"poll", at<&Config::Worker::poll>, "how often the change feed is looked at", 10, 10000}},
                              true));
  all.push_back(single<&Config::serve>(
      "serve", "regdata serve",
      {{"admin", at<&Config::Serve::admin>, "loopback address for metrics and health; empty: none"},
       {"threads", at<&Config::Serve::threads>, "server threads", 1, 256},
       {"drain", at<&Config::Serve::drain>, "time for open connections to end at a stop", 0, hour},
       {"query_log", at<&Config::Serve::query_log>, "log each query: result and time, a rotating pseudonym for the client"}}));
  all.push_back(whois_section());
  all.push_back(http_section());
  all.push_back(contact_section());
  all.push_back(relay_section());
  all.push_back(escrow_section());
  all.push_back(page_section());
  all.push_back(
      single<&Config::log>("log", "logs go to standard error, without personal data",
                           {{"level", at<&Config::Log::level>, "least level that is written", 0, 0, "debug|info|warning|error"},
                            {"format", at<&Config::Log::format>, "form of a line", 0, 0, "text|logfmt|json"}}));
  all.push_back(
      repeated<policies>("policy", "a redaction policy (docs/policy.md)",
                         {{"name", at<&Config::PolicyFile::name>, "name used by [[tld]]", 0, 0, "", true},
                          {"file", at<&Config::PolicyFile::file>, "TOML file; empty: the shipped policy of that name"},
                          {"settings", at<&Config::PolicyFile::settings>, "values for the settings that the file declares"}},
                         true));
  all.push_back(registrar_section());
  all.push_back(repeated<tlds>("tld", "a TLD that we register names under; a name under no entry is rejected",
                               {{"name", at<&Tld::name>, "\"com\", \"co.test\"", 0, 0, "", true},
                                {"registry", at<&Tld::registry>, "id of a [[recipient]] of kind registry", 0, 0, "", true},
                                {"policy", at<&Tld::policy>, "name of a [[policy]]", 0, 0, "", true},
                                {"whois", at<&Tld::whois>, "answered on port 43; off: a pointer to RDAP"}},
                               true));
  all.push_back(repeated<recipients>(
      "recipient", "someone who receives personal data from us",
      {{"id", at<&Recipient::id>, "short name", 0, 0, "", true},
       {"kind", at<&Recipient::kind>, "registry, escrow-agent or other"},
       {"name", at<&Recipient::name>, "name", 0, 0, "", true},
       {"agreement", at<&Recipient::agreement>, "id of the data protection agreement; empty: no personal data"},
       {"region", at<&Recipient::region>, "\"EU\", \"US\""},
       {"transfer_basis", at<&Recipient::transfer_basis>, "\"EEA\", \"adequacy\", \"SCC\"; empty: none"}},
      true));
  all.push_back(privacy_section());
  all.push_back(escrow_agent_section());
  all.push_back(registry_section());
  return all;
}

}  // namespace

const std::vector<Section>& config_sections() {
  static const std::vector<Section> sections = make_sections();
  return sections;
}

}  // namespace regdata::app
