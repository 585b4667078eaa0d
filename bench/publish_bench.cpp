// A full rebuild of the view store against raw mdb_put of the same bytes, in the same order, synced once at the end.
//
//   publish_bench [--count N] [--store M] [--dir DIR]
//
// N: 1,000,000 unless told; M: how many of them the registration store gets (N; making them takes longest); DIR: a scratch
// directory, kept and used again.
//
// Twice: fed with registrations that are in memory already (redact, encode, write, sync, switch: the figure of
// docs/benchmarks.md, at least 0.5), and from the registration store, where reading SQLite and opening sealed contacts is the
// larger part. Prints names a second, ratios by the clock and by CPU time (the truer one on a busy machine), and the peak of
// memory that is not file cache.
#include <lmdb.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "redaction/publisher.hpp"
#include "redaction/shipped_policies.hpp"
#include "store/sqlite_store.hpp"
#include "tests/redaction/feed_store.hpp"

namespace {

namespace fs = std::filesystem;
using namespace regdata;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t put_batch = 2'000;
constexpr std::size_t raw_batch = 10'000;

template <class T>
T got(Expected<T> result) {
  if (!result) throw std::runtime_error(result.error().context);
  return std::move(*result);
}
template <class T>
void must(const Expected<T>& done) {
  if (!done) throw std::runtime_error(done.error().context);
}
void lmdb(int code) {
  if (code != 0) throw std::runtime_error(mdb_strerror(code));
}

/// splitmix64: the same data on every machine.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  std::string letters(std::size_t length) {
    std::string text;
    for (std::uint64_t bits = next(); text.size() < length; bits /= 26) {
      if (bits == 0) bits = next();
      text += static_cast<char>('a' + bits % 26);
    }
    return text;
  }

 private:
  std::uint64_t state_;
};

/// Resident memory of this process that is not mapped from a file, sampled; the peak in MiB.
class MemoryPeak {
 public:
  MemoryPeak() : sampler_([this] { sample(); }) {}
  double stop() {
    done_ = true;
    sampler_.join();
    return static_cast<double>(peak_) / 1024;
  }

 private:
  void sample() {
    while (!done_) {
      std::ifstream status("/proc/self/status");
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with("RssAnon:")) peak_ = std::max(peak_, std::strtoll(line.c_str() + 8, nullptr, 10));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  std::atomic<bool> done_ = false;
  long long peak_ = 0;
  std::thread sampler_;
};

UtcTime now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

Contact contact_of(Chance& chance, std::size_t number) {
  Contact contact;
  contact.handle = "C-" + std::to_string(number);
  contact.kind = ContactKind::natural_person;
  contact.name = PersonalText(chance.letters(7) + " " + chance.letters(9));
  contact.street = {PersonalText(std::to_string(number % 200) + " " + chance.letters(10) + " street")};
  contact.city = PersonalText(chance.letters(9));
  contact.state = PersonalText(chance.letters(6));
  contact.postal_code = PersonalText(std::to_string(10'000 + number % 80'000));
  contact.country = "AT";
  contact.phone = PersonalText("+99." + std::to_string(100'000'000 + number));
  contact.email = PersonalText(chance.letters(8) + "@person.example");
  contact.provenance = {SourceClass::panel, "import:bench", {}};
  return contact;
}

/// 1.2 contacts, two delegated hosts (one in ten with a host of its own below it), one or two statuses; one in ten chose to be
/// seen.
RegistrationPut registration_of(Chance& chance, std::size_t number, UtcTime at) {
  const DomainName name = got(DomainName::parse(chance.letters(12) + (number % 3 == 0 ? ".example" : ".test")));
  RegistrationPut put{{name, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}, {}, {}, {}};
  Registration& registration = put.registration;
  registration.roid = "D" + std::to_string(number) + "-BENCH";
  registration.registrar = "main";
  registration.created = at - std::chrono::hours(24 * (100 + number % 3'000));
  registration.registry_expires = at + std::chrono::hours(24 * (1 + number % 700));
  registration.registrar_expires = registration.registry_expires;
  registration.statuses.insert(Status::client_transfer_prohibited);
  if (number % 2 == 0) registration.statuses.insert(Status::client_delete_prohibited);
  const std::string hosting = "hosting" + std::to_string(number % 50) + ".example";
  registration.hosts = {got(DomainName::parse("ns1." + hosting)), got(DomainName::parse("ns2." + hosting))};
  registration.dnssec = DnssecState::unsigned_delegation;
  registration.provenance = {SourceClass::panel, "import:bench", at};
  put.contacts.push_back(contact_of(chance, 2 * number));
  registration.registrant = put.contacts[0].handle;
  if (number % 5 == 0) {
    put.contacts.push_back(contact_of(chance, 2 * number + 1));
    registration.technical = put.contacts[1].handle;
  }
  if (number % 10 == 0) {
    put.hosts.push_back({got(DomainName::parse("ns1." + name.ascii())), "", {"192.0.2.1"}, registration.provenance});
    for (const Element element : {Element::name, Element::email}) {
      ChoiceEntry entry;
      entry.handle = registration.registrant;
      entry.element = element;
      entry.act = ChoiceAct::given;
      entry.at = at;
      entry.method = "import";
      entry.notice_version = "2026-01";
      entry.evidence_id = "EV-1";
      put.choices.push_back(entry);
    }
  }
  return put;
}

redaction::Publication publication() {
  redaction::Publication publication;
  Registrar registrar;
  registrar.id = "main";
  publication.catalog.registrars = {registrar};
  publication.catalog.tlds = {{"example", "registry", "icann-gtld", true}, {"test", "registry", "icann-gtld", true}};
  publication.context.contact_form = "https://registrar.example/contact?d={name}&r={role}";
  publication.policies.emplace("icann-gtld",
                               got(redaction::Policy::parse(redaction::shipped_policy("icann-gtld")->toml, "icann-gtld")));
  return publication;
}

std::unique_ptr<store::SqliteStore> open_store(const fs::path& directory, std::size_t count) {
  const store::StorePaths paths{directory / "registrations.db", directory / "keys.db"};
  const fs::path key_file = directory / "master.key";
  if (!fs::exists(key_file)) must(store::MasterKey::create(key_file));
  const auto key = std::make_shared<const store::MasterKey>(got(store::MasterKey::load(key_file)));
  if (!fs::exists(paths.database)) must(store::SqliteStore::create(paths, key, "EU", now()));
  auto store = got(store::SqliteStore::open(paths, key, "EU", now));
  const std::uint64_t held = got(store->count());
  if (held >= count) return store;
  std::printf("making %zu registrations ...\n", count - held);
  Chance chance(count);
  const UtcTime at = now();
  std::vector<RegistrationPut> batch;
  for (std::size_t number = held; number < count; ++number) {
    batch.push_back(registration_of(chance, number, at));
    if (batch.size() < put_batch && number + 1 < count) continue;
    (void)got(store->put(batch, "import:bench", at));
    batch.clear();
  }
  return store;
}

/// CPU time of all threads of this process.
double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

struct Raw {
  double seconds = 0;
  double cpu = 0;
  std::size_t records = 0;
  std::size_t bytes = 0;
};

/// Copies the records of a generation into a bare environment with mdb_put, in the order in which they lie.
Raw put_raw(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  fs::create_directory(to);
  MDB_env* source = nullptr;
  MDB_env* target = nullptr;
  lmdb(mdb_env_create(&source));
  lmdb(mdb_env_set_maxdbs(source, 4));
  lmdb(mdb_env_open(source, from.c_str(), MDB_RDONLY, 0600));
  lmdb(mdb_env_create(&target));
  lmdb(mdb_env_set_maxdbs(target, 4));
  lmdb(mdb_env_set_mapsize(target, std::size_t{16} << 30U));
  lmdb(mdb_env_open(target, to.c_str(), MDB_NOSYNC, 0600));
  Raw raw;
  const double cpu = cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  MDB_txn* read = nullptr;
  lmdb(mdb_txn_begin(source, nullptr, MDB_RDONLY, &read));
  for (const char* name : {"view", "host"}) {
    MDB_dbi from_dbi = 0;
    MDB_dbi to_dbi = 0;
    MDB_txn* write = nullptr;
    lmdb(mdb_txn_begin(target, nullptr, 0, &write));
    lmdb(mdb_dbi_open(read, name, 0, &from_dbi));
    lmdb(mdb_dbi_open(write, name, MDB_CREATE, &to_dbi));
    MDB_cursor* cursor = nullptr;
    lmdb(mdb_cursor_open(read, from_dbi, &cursor));
    MDB_val key{};
    MDB_val value{};
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
      lmdb(mdb_put(write, to_dbi, &key, &value, 0));
      raw.bytes += key.mv_size + value.mv_size;
      if (++raw.records % raw_batch != 0) continue;
      lmdb(mdb_txn_commit(write));
      lmdb(mdb_txn_begin(target, nullptr, 0, &write));
    }
    mdb_cursor_close(cursor);
    lmdb(mdb_txn_commit(write));
  }
  lmdb(mdb_env_sync(target, 1));
  raw.seconds = Seconds(std::chrono::steady_clock::now() - begin).count();
  raw.cpu = cpu_seconds() - cpu;
  mdb_txn_abort(read);
  mdb_env_close(target);
  mdb_env_close(source);
  fs::remove_all(to);
  return raw;
}

/// Holds some registrations and says that they are many, in order of name: reading costs next to nothing.
class Replay final : public testing::FeedStore {
 public:
  Replay(RegistrationStore& from, std::size_t count) : count_(count) {
    must(from.for_each({}, [&](const RegistrationData& data) {
      pool_.push_back(data);
      return pool_.size() < std::min<std::size_t>(count, 5'000);
    }));
  }

  Expected<FeedMark> for_each(std::string_view after, const std::function<bool(const RegistrationData&)>& visit) override {
    std::size_t number = after.empty() ? 0 : std::strtoull(after.data() + 1, nullptr, 10) + 1;
    for (; number < count_; ++number) {
      std::string name = "n000000000.test";
      for (std::size_t at = 9, rest = number; rest != 0; rest /= 10) name[at--] = static_cast<char>('0' + rest % 10);
      RegistrationData& data = pool_[number % pool_.size()];
      data.registration.name = got(DomainName::from_stored(name));
      if (!data.subordinate_hosts.empty()) {
        data.subordinate_hosts[0].name = got(DomainName::from_stored("ns1." + name));
      }
      if (!visit(data)) break;
    }
    return FeedMark{};
  }

 private:
  std::size_t count_;
  std::vector<RegistrationData> pool_;
};

struct Rebuilt {
  double seconds = 0;
  double cpu = 0;
  double peak = 0;
  std::uint64_t published = 0;
  fs::path generation;
};

Rebuilt rebuild(RegistrationStore& store, const fs::path& directory) {
  fs::remove_all(directory);
  const auto views = got(redaction::ViewWriter::open(directory));
  redaction::Publisher publisher(store, *views, publication(), now);
  MemoryPeak memory;
  const double cpu = cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  const auto report = got(publisher.rebuild());
  Rebuilt built;
  built.seconds = Seconds(std::chrono::steady_clock::now() - begin).count();
  built.cpu = cpu_seconds() - cpu;
  built.peak = memory.stop();
  built.published = report.published;
  char name[32];
  std::snprintf(name, sizeof name, "gen-%06llu", static_cast<unsigned long long>(got(views->state()).generation));
  built.generation = directory / name;
  return built;
}

void compare(const char* what, const Rebuilt& built, const fs::path& scratch) {
  const Raw raw = put_raw(built.generation, scratch);
  const auto names = static_cast<double>(built.published);
  std::printf("%s\n", what);
  std::printf("  rebuild      %9.0f names/s  %6.2f s, CPU %.2f s, peak %.0f MiB\n", names / built.seconds, built.seconds,
              built.cpu, built.peak);
  std::printf("  raw mdb_put  %9.0f names/s  %6.2f s, CPU %.2f s, %zu records, %.0f MB\n", names / raw.seconds, raw.seconds,
              raw.cpu, raw.records, static_cast<double>(raw.bytes) / 1e6);
  std::printf("  ratio        %9.2f  by CPU %.2f\n", raw.seconds / built.seconds, raw.cpu / built.cpu);
}

int run(std::size_t count, std::size_t stored, const fs::path& directory) {
  fs::create_directories(directory);
  const auto store = open_store(directory, stored);

  auto begin = std::chrono::steady_clock::now();
  std::size_t read = 0;
  must(store->for_each({}, [&](const RegistrationData&) { return ++read < std::max<std::size_t>(stored / 10, 1); }));
  std::printf("reading alone (SQLite, contacts opened): %.0f names/s\n",
              static_cast<double>(read) / Seconds(std::chrono::steady_clock::now() - begin).count());

  Replay replay(*store, count);
  const Rebuilt from_memory = rebuild(replay, directory / "views");
  compare("redact and publish, registrations in memory", from_memory, directory / "raw");
  const Rebuilt from_store = rebuild(*store, directory / "views");
  compare("redact and publish, from the registration store", from_store, directory / "raw");

  const auto views = got(redaction::ViewWriter::open(directory / "views"));
  begin = std::chrono::steady_clock::now();
  must(views->compact(now()));
  std::printf("new generation after a hide: %.1f s\n", Seconds(std::chrono::steady_clock::now() - begin).count());
  return from_memory.published == count && from_store.published == stored ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 1'000'000;
  std::size_t stored = 0;
  fs::path directory = fs::temp_directory_path() / "regdata-publish-bench";
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--count") count = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--store") stored = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--dir") directory = argv[i + 1];
  }
  try {
    return run(count, stored == 0 ? count : stored, directory);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "publish_bench: %s\n", error.what());
    return 1;
  }
}
