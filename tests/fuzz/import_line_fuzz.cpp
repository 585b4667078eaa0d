// Any bytes as a line of JSON: parsed and checked against a small catalog.
#include "store/import_line.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata;
  static const Catalog catalog{
      {{"main", 9999, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}}, {{"example", "r", "p", true}}, {}, {}};
  static const store::ImportContext context{
      catalog, {SourceClass::csv, "import:fuzz", UtcTime{}}, UtcTime{std::chrono::days{20000}}};
  static store::JsonLineParser parser;
  static store::ImportDocument document;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (store::first_invalid_utf8(text) != std::string_view::npos || !parser.parse(text, document)) return 0;
  const auto line = store::read_import_line(document, context);
  if (line.request.has_value() != line.rejections.empty() || line.rejections.size() > store::rejection_limit) __builtin_trap();
  return 0;
}
