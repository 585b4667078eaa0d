// A store of its own for each test: directory, master key, files, invented people.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite_store.hpp"
#include "tests/temporary_directory.hpp"

namespace regdata::store {

/// In memory: thousands of commits wait for a disk otherwise.
class TemporaryDirectory : public testing::TemporaryDirectory {
 public:
  TemporaryDirectory() : testing::TemporaryDirectory(testing::memory_directory()) {}
};

/// Fails the test with the error's text.
template <class T>
T expect(Expected<T> result, const char* doing = "") {
  if (!result) throw std::runtime_error(std::string(doing) + " " + result.error().context + " / " + result.error().hint);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// A store in a directory, with a clock that the test moves.
class StoreWorld {
 public:
  explicit StoreWorld(std::string region = "EU");
  /// In a directory of the caller's.
  StoreWorld(std::filesystem::path directory, std::string region);

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  [[nodiscard]] const StorePaths& paths() const noexcept { return paths_; }
  [[nodiscard]] std::shared_ptr<const MasterKey> master() const { return master_; }
  [[nodiscard]] const std::string& region() const noexcept { return region_; }
  SqliteStore& store() { return *store_; }

  Expected<std::unique_ptr<SqliteStore>> open(SqliteStore::Mismatch mismatch = SqliteStore::Mismatch::refuse) const;
  void close() { store_.reset(); }
  void reopen(SqliteStore::Mismatch mismatch = SqliteStore::Mismatch::refuse);
  /// Closes the store and puts a copy of one of its files, made while nobody wrote, in that file's place.
  void put_back(const std::filesystem::path& copy, const std::filesystem::path& file);

  /// Runs SQL on one of the files while the store is closed, as somebody who tampers would.
  void tamper(const std::filesystem::path& file, const std::string& sql) const;
  /// One value of a query.
  [[nodiscard]] std::string query(const std::filesystem::path& file, const std::string& sql) const;

  UtcTime now = time("2026-03-01T12:00:00Z");
  static UtcTime time(std::string_view text) { return parse_rfc3339(text).value(); }

 private:
  std::unique_ptr<TemporaryDirectory> own_;
  std::filesystem::path directory_;
  StorePaths paths_;
  std::string region_;
  std::shared_ptr<const MasterKey> master_;
  std::unique_ptr<SqliteStore> store_;
};

DomainName name_of(std::string_view text);
Provenance from(SourceClass source_class, std::string_view as_of = "2026-01-01T00:00:00Z");
/// A person whose every element carries `mark`.
Contact person(std::string_view handle, std::string_view mark, SourceClass source_class = SourceClass::panel);
/// A registration with one contact in the role of registrant.
RegistrationPut registration(std::string_view name, const Contact& registrant, SourceClass source_class = SourceClass::panel);
ChoiceEntry choice(std::string_view handle, Element element, ChoiceAct act, UtcTime at, std::string_view evidence = "EV-1");

/// True where one of the files below `directory` holds `bytes`.
bool any_file_holds(const std::filesystem::path& directory, std::string_view bytes);
/// Whole content.
std::string content_of(const std::filesystem::path& file);
/// REGDATA_LONG=1.
bool long_run();

}  // namespace regdata::store
