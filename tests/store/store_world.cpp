#include "tests/store/store_world.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <stdlib.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace regdata::store {

StoreWorld::StoreWorld(std::string region)
    : own_(std::make_unique<TemporaryDirectory>()), directory_(own_->path()), region_(std::move(region)) {
  paths_ = {directory_ / "registrations.db", directory_ / "keys.db"};
  expect(MasterKey::create(directory_ / "master.key"));
  master_ = std::make_shared<const MasterKey>(expect(MasterKey::load(directory_ / "master.key")));
  expect(SqliteStore::create(paths_, master_, region_, now));
  reopen();
}

StoreWorld::StoreWorld(std::filesystem::path directory, std::string region)
    : directory_(std::move(directory)), region_(std::move(region)) {
  paths_ = {directory_ / "registrations.db", directory_ / "keys.db"};
  if (!std::filesystem::exists(directory_ / "master.key")) expect(MasterKey::create(directory_ / "master.key"));
  master_ = std::make_shared<const MasterKey>(expect(MasterKey::load(directory_ / "master.key")));
  if (!std::filesystem::exists(paths_.database)) expect(SqliteStore::create(paths_, master_, region_, now));
  reopen();
}

Expected<std::unique_ptr<SqliteStore>> StoreWorld::open(SqliteStore::Mismatch mismatch) const {
  return SqliteStore::open(
      paths_, master_, region_, [this] { return now; }, mismatch);
}

void StoreWorld::reopen(SqliteStore::Mismatch mismatch) {
  store_.reset();
  store_ = expect(open(mismatch));
}

void StoreWorld::put_back(const std::filesystem::path& copy, const std::filesystem::path& file) {
  close();
  for (const char* rest : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + rest);
  std::filesystem::copy_file(copy, file);
}

void StoreWorld::tamper(const std::filesystem::path& file, const std::string& sql) const {
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);
  database.exec(sql);
}

std::string StoreWorld::query(const std::filesystem::path& file, const std::string& sql) const {
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);
  return database.execAndGet(sql).getString();
}

DomainName name_of(std::string_view text) { return DomainName::parse(text).value(); }

Provenance from(SourceClass source_class, std::string_view as_of) {
  return {source_class, "import:test", StoreWorld::time(as_of)};
}

Contact person(std::string_view handle, std::string_view mark, SourceClass source_class) {
  const std::string m(mark);
  Contact contact;
  contact.handle = handle;
  contact.roid = "R" + std::string(handle) + "-TEST";
  contact.kind = ContactKind::natural_person;
  contact.name = PersonalText("Name " + m);
  contact.organization = PersonalText("Organization " + m);
  contact.street = {PersonalText("Street " + m), PersonalText("Second line " + m)};
  contact.city = PersonalText("City " + m);
  contact.state = PersonalText("State " + m);
  contact.postal_code = PersonalText("P" + m.substr(0, 15));
  contact.country = "DE";
  contact.phone = PersonalText("+49.301234567");
  contact.fax = PersonalText("+49.307654321");
  contact.fax_ext = PersonalText("12");
  contact.email = PersonalText(m + "@" + m + ".example");
  contact.provenance = from(source_class);
  return contact;
}

RegistrationPut registration(std::string_view name, const Contact& registrant, SourceClass source_class) {
  RegistrationPut put{Registration{name_of(name)}, {registrant}, {}, {}};
  Registration& r = put.registration;
  r.roid = "D1-TEST";
  r.registrar = "main";
  r.created = StoreWorld::time("2020-01-02T03:04:05Z");
  r.registry_expires = StoreWorld::time("2027-01-02T03:04:05Z");
  r.statuses.insert(Status::ok);
  r.hosts = {name_of("ns1.provider.example"), name_of("ns2.provider.example")};
  r.registrant = registrant.handle;
  r.provenance = from(source_class);
  return put;
}

ChoiceEntry choice(std::string_view handle, Element element, ChoiceAct act, UtcTime at, std::string_view evidence) {
  ChoiceEntry entry;
  entry.handle = handle;
  entry.element = element;
  entry.act = act;
  entry.at = at;
  entry.method = "portal";
  entry.notice_version = "n1";
  entry.evidence_id = evidence;
  return entry;
}

bool any_file_holds(const std::filesystem::path& directory, std::string_view bytes) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && content_of(entry.path()).find(bytes) != std::string::npos) return true;
  }
  return false;
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

bool long_run() {
  const char* value = std::getenv("REGDATA_LONG");
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace regdata::store
