#include "tests/store/import_place.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace regdata::store::samples {
namespace {

template <class T>
T must(Expected<T> result) {
  if (!result) throw std::runtime_error(result.error().context + " | " + result.error().hint);
  return std::move(*result);
}
void must(Expected<void> result) {
  if (!result) throw std::runtime_error(result.error().context + " | " + result.error().hint);
}

}  // namespace

std::unique_ptr<SqliteStore> open_store(const Directory& directory) {
  const StorePaths paths{directory.file("registrations.db"), directory.file("keys.db")};
  const std::string key = directory.file("master.key");
  const bool fresh = !std::filesystem::exists(key);
  if (fresh) must(MasterKey::create(key));
  const auto master = std::make_shared<const MasterKey>(must(MasterKey::load(key)));
  if (fresh) must(SqliteStore::create(paths, master, "EU", now()));
  return must(SqliteStore::open(paths, master, "EU", now));
}

std::vector<std::string> content(RegistrationStore& store) {
  std::vector<std::string> all;
  must(store.for_each({}, [&](const RegistrationData& data) {
    RegistrationPut put{data.registration, {}, {}, {}};
    std::ostringstream text;
    for (const auto& contact : data.contacts) {
      text << contact.contact.handle << (contact.state == ContactState::opened ? "" : " NOT OPENED " + contact.problem) << ' ';
      put.contacts.push_back(contact.contact);
      for (const auto& choice : must(store.choice_entries(contact.contact.handle))) {
        text << to_string(choice.element) << to_string(choice.act) << format_rfc3339(choice.at) << choice.evidence_id << ' ';
      }
    }
    for (const auto& name : data.registration.hosts) {
      const auto host = must(store.find_host(name));
      if (host) put.hosts.push_back(*host);
    }
    all.push_back(to_line(put) + ' ' + text.str());
    return true;
  }));
  return all;
}

ImportReport import_text(RegistrationStore& store, const std::string& text, const ImportOptions& options,
                         const ImportHooks& hooks) {
  ImportOptions known = options;
  if (known.format == ImportFormat::by_extension) known.format = ImportFormat::json_lines;
  static const Catalog catalog = samples::catalog();
  std::istringstream input(text);
  return must(import_stream(store, catalog, input, text.size(), known, hooks, now));
}

std::string random_lines(std::size_t count, std::uint64_t seed) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    RegistrationPut put = random_put(i, seed);
    put.registration.name = DomainName::parse("name-" + std::to_string(i) + ".example").value();
    text += to_line(put) + '\n';
  }
  return text;
}

}  // namespace regdata::store::samples
