// What the tests of the importers share: a registrar's catalog, random registrations and the lines that state them.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "registration/catalog.hpp"
#include "registration/registration_store.hpp"
#include "store/import_line.hpp"

namespace regdata::store::samples {

/// One registrar "main"; TLDs example, test and co.test; privacy services "shield", "standin" and "faraway".
Catalog catalog();

/// 2026-11-23T12:00:00Z.
UtcTime now();

ImportContext context(const Catalog& catalog);

/// A registration with nothing but its name.
Registration blank(std::string_view name);

/// Reads one line of JSON.
ImportLine read_json(std::string_view line, const Catalog& catalog);

/// The line that states `put`, in the format of docs/import.md.
std::string to_line(const RegistrationPut& put);

/// Registrations as a careful source states them: every field by chance there, values of any script, handles derived from
/// `number` so that different numbers never share a contact.
RegistrationPut random_put(std::uint64_t number, std::uint64_t seed);
rc::Gen<RegistrationPut> any_put();

/// A temporary directory that goes when this goes.
class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] std::string file(std::string_view name) const { return path_ + '/' + std::string(name); }
  /// Writes a file into it and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);

}  // namespace regdata::store::samples
