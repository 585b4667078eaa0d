// Import, sealed, against a bare loop of prepared statements that writes the same rows unsealed (docs/benchmarks.md).
//
//   import_bench [--count N] [--file LINES] [--choices SHARE] [--directory DIR]
//
// Both write into files made by the same migrations, opened with the same settings, committed after the same lines. The loop
// gets its rows ready-made, outside of the time that counts; the import reads, checks, seals and writes. Rows are counted
// afterwards: other counts, no figure.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/contact_codec.hpp"
#include "store/import.hpp"
#include "store/import_batches.hpp"
#include "store/sqlite.hpp"
#include "store/sqlite_store.hpp"

namespace {

using namespace regdata;
using namespace regdata::store;

constexpr std::size_t batch_lines = 2000;

struct Options {
  std::uint64_t count = 1000000;
  std::string file;
  std::string choices = "0";
  std::string directory;
};

struct Timing {
  double seconds = 0;
  double cpu = 0;
};

template <class T>
T must(Expected<T> result) {
  if (!result) throw std::runtime_error(result.error().context + " | " + result.error().hint);
  return std::move(*result);
}
void must(Expected<void> result) {
  if (!result) throw std::runtime_error(result.error().context + " | " + result.error().hint);
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Adds the time of its life.
class Measure {
 public:
  explicit Measure(Timing& into) : into_(into) {}
  ~Measure() {
    into_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    into_.cpu += cpu_seconds() - cpu_;
  }

 private:
  Timing& into_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  double cpu_ = cpu_seconds();
};

long peak_memory_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

UtcTime now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

Catalog catalog() {
  Catalog catalog;
  Registrar registrar;
  registrar.id = "main";
  catalog.registrars.push_back(registrar);
  for (const char* name : {"example", "test", "co.test"}) catalog.tlds.push_back({name, "registry", "icann-gtld", true});
  for (const char* id : {"shield", "standin", "faraway"}) {
    PrivacyService service;
    service.id = id;
    catalog.privacy_services.push_back(service);
  }
  return catalog;
}

StorePaths make_store(const std::filesystem::path& directory, const std::shared_ptr<const MasterKey>& master) {
  std::filesystem::create_directories(directory);
  StorePaths paths{directory / "registrations.db", directory / "keys.db"};
  must(SqliteStore::create(paths, master, "EU", now()));
  return paths;
}

Timing import_sealed(const std::string& file, const Catalog& ours, const StorePaths& paths,
                     const std::shared_ptr<const MasterKey>& master) {
  Timing timing;
  const auto store = must(SqliteStore::open(paths, master, "EU", now));
  ImportOptions options;
  options.batch = batch_lines;
  ImportHooks hooks;
  hooks.progress = [](const ImportProgress& progress) {
    if (progress.lines % 100000 == 0) std::fprintf(stderr, "\rimported %llu ", static_cast<unsigned long long>(progress.lines));
    return true;
  };
  ImportReport report;
  {
    const Measure measure(timing);
    report = must(import_file(*store, ours, file, options, hooks, now));
  }
  std::fprintf(stderr, "\r");
  if (report.rejected != 0) throw std::runtime_error("lines were rejected");
  return timing;
}

/// The rows of schema 1, written without a question asked.
class BareLoop {
 public:
  explicit BareLoop(SQLite::Database& database)
      : database_(database),
        contact_(database,
                 "INSERT INTO contact (handle, version, data_key, region, sealed, email_index, erased_at, choices, "
                 "source_class, "
                 "source, as_of) VALUES (?, 1, ?, ?, ?, ?, NULL, ?, ?, 1, ?)"),
        contact_id_(database, "SELECT id FROM contact WHERE handle = ?"),
        registration_(database,
                      "INSERT INTO registration VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,1,?25,NULL,NULL,?25)"),
        use_(database, "INSERT OR IGNORE INTO contact_use VALUES (?, ?)"),
        host_(database, "INSERT INTO host VALUES (?, ?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET uses = uses + excluded.uses"),
        change_(database, "INSERT INTO change (at, kind, subject, roid, reason, hides) VALUES (?, ?, ?, ?, 1, ?)"),
        choice_(database,
                "INSERT INTO choice (handle, element, act, at, recorded, method, notice_version, evidence_id, previous, hash) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") {
    Statement(database, "INSERT OR IGNORE INTO label VALUES (1, 'import:panel')").run();
  }

  void write(const std::vector<RegistrationPut>& puts) {
    Transaction transaction(database_, Transaction::Kind::write);
    for (const auto& put : puts) write(put);
    write_hosts();
    transaction.commit();
  }

 private:
  void write(const RegistrationPut& put);
  void write(const Contact& contact, bool choices);
  void write_hosts();
  std::optional<std::int64_t> id_of(const std::string& handle);
  void change(ChangeKind kind, const std::string& subject, const std::string& roid) {
    change_.bind(time_, kind, subject, roid, false).run();
  }

  struct Uses {
    Host host;
    std::int64_t count = 0;
  };
  SQLite::Database& database_;
  Statement contact_, contact_id_, registration_, use_, host_, change_, choice_;
  std::vector<std::uint8_t> bytes_;
  std::map<std::string, Uses> hosts_;  ///< of the transaction: each is written once
  std::unordered_set<std::string> known_hosts_;
  std::uint64_t key_ = 0;
  UtcTime time_ = now();
};

void BareLoop::write(const Contact& contact, bool choices) {
  bytes_.clear();
  encode_contact(contact, bytes_);
  bytes_.resize(bytes_.size() + 40);  // where nonce and tag stand
  const std::size_t hash = std::hash<std::string>{}(contact.email.reveal());
  std::array<std::uint8_t, 16> index{};
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&hash), sizeof hash, index.begin());
  const auto email = contact.email.empty() ? std::nullopt : std::optional<Blob>(index);
  contact_
      .bind(contact.handle, ++key_, contact.region, Blob(bytes_), email, choices, contact.provenance.source_class,
            contact.provenance.as_of)
      .run();
  change(ChangeKind::contact_put, contact.handle, contact.roid);
}

std::optional<std::int64_t> BareLoop::id_of(const std::string& handle) {
  if (handle.empty()) return std::nullopt;
  if (!contact_id_.bind(handle).step()) throw std::runtime_error("no contact " + handle);
  const auto id = contact_id_.integer(0);
  contact_id_.reset();
  return id;
}

std::string reversed(std::string_view name) {
  std::string text;
  while (!name.empty()) {
    const std::size_t dot = name.rfind('.');
    if (!text.empty()) text += '.';
    text += dot == std::string_view::npos ? name : name.substr(dot + 1);
    name = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
  }
  return text;
}

void BareLoop::write(const RegistrationPut& put) {
  const Registration& r = put.registration;
  for (const auto& contact : put.contacts) write(contact, !put.choices.empty());
  std::string hosts, ds;
  for (const auto& host : r.hosts) hosts += (hosts.empty() ? "" : " ") + host.ascii();
  for (const auto& one : r.ds) {
    ds += (ds.empty() ? "" : ";") + std::to_string(one.key_tag) + ' ' + std::to_string(one.algorithm) + ' ' +
          std::to_string(one.digest_type) + ' ' + one.digest;
  }
  const auto registrant = id_of(r.registrant), technical = id_of(r.technical);
  const auto administrative = id_of(r.administrative), billing = id_of(r.billing);
  const auto reseller = r.reseller ? std::optional(r.reseller->name) : std::nullopt;
  const auto url = r.reseller ? std::optional(r.reseller->url) : std::nullopt;
  static const std::string token = "abcdefghijklmnop";
  registration_
      .bind(r.name.ascii(), r.roid, r.registrar, r.created, r.updated, r.registry_expires, r.registrar_expires, r.transferred,
            r.statuses.bits(), hosts, r.dnssec, ds, registrant, technical, administrative, billing, reseller, url,
            r.privacy_service, r.region, token, 0, r.provenance.source_class, r.provenance.source_class, r.provenance.as_of)
      .run();
  for (const auto& id : {registrant, technical, administrative, billing}) {
    if (id) use_.bind(*id, r.name.ascii()).run();
  }
  for (const auto& name : r.hosts) {
    auto& uses = hosts_.try_emplace(name.ascii(), Uses{Host{name, {}, {}, r.provenance}}).first->second;
    ++uses.count;
  }
  for (const auto& host : put.hosts) hosts_.at(host.name.ascii()).host = host;
  static const std::array<std::uint8_t, 32> hash{};
  for (const auto& one : put.choices) {
    choice_
        .bind(one.handle, one.element, one.act, one.at, time_, one.method, one.notice_version, one.evidence_id, Blob(hash),
              Blob(hash))
        .run();
    change(ChangeKind::choice, one.handle, {});
  }
  change(ChangeKind::registration_put, r.name.ascii(), r.roid);
}

void BareLoop::write_hosts() {
  for (const auto& [name, uses] : hosts_) {
    std::string addresses;
    for (const auto& address : uses.host.addresses) addresses += (addresses.empty() ? "" : " ") + address;
    const Provenance& from = uses.host.provenance;
    host_.bind(reversed(name), uses.host.roid, addresses, uses.count, from.source_class, from.as_of).run();
    if (known_hosts_.insert(name).second) change(ChangeKind::host_put, name, uses.host.roid);
  }
  hosts_.clear();
}

Timing write_bare(const std::string& file, const Catalog& ours, const StorePaths& paths) {
  Timing timing;
  auto database = must(open_file(paths.database, FileKind::database, Access::read_write));
  BareLoop loop(database);
  std::ifstream input(file, std::ios::binary);
  const ImportContext context{ours, {SourceClass::panel, "import:panel", now()}, now()};
  JsonBatchReader reader(input, context, batch_lines);
  bool last = false;
  while (!last) {
    auto batch = must(reader.next());
    last = batch.last;
    std::vector<RegistrationPut> puts;
    for (auto& item : batch.items) puts.push_back(std::move(std::get<RegistrationPut>(item.request)));
    const Measure measure(timing);
    if (!puts.empty()) loop.write(puts);
  }
  return timing;
}

std::map<std::string, std::int64_t> rows(const StorePaths& paths) {
  auto database = must(open_file(paths.database, FileKind::database, Access::read_only));
  std::map<std::string, std::int64_t> counts;
  for (const char* table : {"registration", "contact", "contact_use", "host", "choice", "change"}) {
    Statement count(database, std::string("SELECT count(*) FROM ") + table);
    count.step();
    counts[table] = count.integer(0);
  }
  return counts;
}

void print(const char* what, const Timing& timing, std::uint64_t lines) {
  std::printf("%-28s %9.0f registrations/s %8.2f s %8.2f s CPU\n", what, static_cast<double>(lines) / timing.seconds,
              timing.seconds, timing.cpu);
}

int run(const Options& options) {
  namespace fs = std::filesystem;
  std::string place =
      (options.directory.empty() ? fs::temp_directory_path() : fs::path(options.directory)) / "import-bench-XXXXXX";
  if (mkdtemp(place.data()) == nullptr) throw std::runtime_error("no temporary directory");
  struct Remove {
    fs::path path;
    ~Remove() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  } const remove{place};
  const fs::path directory(place);
  std::string file = options.file;
  if (file.empty()) {
    file = directory / "lines.jsonl";
    const std::string command = std::string("'") + REGDATA_GENERATE + "' --count " + std::to_string(options.count) +
                                " --choices " + options.choices + " --out '" + file + "'";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("regdata-generate failed");
  }
  const Catalog ours = catalog();
  must(MasterKey::create(directory / "master.key"));
  const auto master = std::make_shared<const MasterKey>(must(MasterKey::load(directory / "master.key")));
  const StorePaths sealed = make_store(directory / "sealed", master);
  const StorePaths bare = make_store(directory / "bare", master);
  const Timing import = import_sealed(file, ours, sealed, master);
  const long memory = peak_memory_mib();
  const Timing loop = write_bare(file, ours, bare);
  const auto counts = rows(sealed);
  const auto lines = static_cast<std::uint64_t>(counts.at("registration"));
  print("import, sealed", import, lines);
  print("bare prepared statements", loop, lines);
  std::printf("%-28s %9.2f (at least 0.6)\n", "ratio", loop.seconds / import.seconds);
  std::printf("%-28s %9.2f\n", "CPU, import to bare", import.cpu / loop.cpu);
  std::printf("%-28s %9ld MiB (at most 256)\n", "peak memory of the import", memory);
  bool same = true;
  for (const auto& [table, count] : rows(bare)) {
    std::printf("  rows of %-18s %9lld  bare %lld\n", table.c_str(), static_cast<long long>(counts.at(table)),
                static_cast<long long>(count));
    same = same && count == counts.at(table);
  }
  if (!same) std::printf("the rows are not the same: the ratio means nothing\n");
  return same && memory <= 256 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--count") options.count = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--file") options.file = argv[i + 1];
    if (name == "--choices") options.choices = argv[i + 1];
    if (name == "--directory") options.directory = argv[i + 1];
  }
  try {
    return run(options);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "import_bench: error: %s\n", failure.what());
    return 1;
  }
}
