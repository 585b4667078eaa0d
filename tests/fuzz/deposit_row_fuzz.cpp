// Rows that come back: what is taken is written again as it stood.
#include <cstdint>

#include "escrow/csv.hpp"
#include "escrow/row_reader.hpp"

namespace {

using namespace regdata;

Catalog made_catalog() {
  Catalog catalog;
  Registrar& registrar = catalog.registrars.emplace_back();
  registrar.id = "example";
  registrar.iana_id = 9999;
  catalog.tlds.push_back({.name = "example", .registry = "r", .policy = "p"});
  return catalog;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Catalog catalog = made_catalog();
  escrow::MemorySource source({data, size});
  escrow::CsvRecords records(source, {});
  std::vector<std::string> fields;
  auto more = records.next(fields);
  if (!more || !*more) return 0;
  const auto reader = escrow::RowReader::for_header(fields, {.catalog = &catalog, .provenance = {}});
  if (!reader) return 0;
  while ((more = records.next(fields)) && *more) {
    const auto put = reader->read(fields);
    if (!put) continue;
    const RegistrationData held = escrow::as_held(*put);
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (escrow::column_text(reader->columns()[i], held, catalog.registrars.front(), escrow::rules_of_comparison) != fields[i])
        __builtin_trap();
  }
  return 0;
}
