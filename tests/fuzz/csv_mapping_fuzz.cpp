// A mapping, a zero byte, and a CSV file with a header: mapped and checked.
#include "store/csv_mapping.hpp"
#include "store/csv_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata;
  static const Catalog catalog{{}, {{"example", "r", "p", true}}, {}, {}};
  static const store::ImportContext context{
      catalog, {SourceClass::csv, "import:fuzz", UtcTime{}}, UtcTime{std::chrono::days{20000}}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = text.find('\0');
  auto mapping = store::CsvMapping::parse(text.substr(0, zero));
  if (!mapping || zero == std::string_view::npos || zero + 1 == size) return 0;
  std::string_view rest = text.substr(zero + 1);
  store::CsvReader reader(mapping->delimiter);
  if (reader.read(rest, true) != store::CsvStep::record) return 0;
  auto columns = store::CsvColumns::bind(std::move(*mapping), reader.fields());
  store::ImportDocument document;
  while (columns && !(rest = rest.substr(reader.consumed())).empty()) {
    if (reader.read(rest, true) != store::CsvStep::record || reader.fields().size() != columns->size()) continue;
    std::vector<store::Rejection> rejections;
    columns->map(reader.fields(), document, rejections);
    if (store::read_import_line(document, context, std::move(rejections)).rejections.size() > store::rejection_limit + 100)
      __builtin_trap();
  }
  return 0;
}
