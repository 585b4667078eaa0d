// A deposit's CSV: what is read and written again is the same, and nothing else is read.
#include <cstdint>

#include "escrow/csv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::escrow;
  if (size == 0) return 0;
  const CsvDialect dialect{.separator = (data[0] & 1) != 0 ? ';' : ',', .quote_all = false, .crlf = (data[0] & 2) != 0};
  MemorySource source({data + 1, size - 1});
  CsvRecords records(source, dialect);
  std::vector<std::string> fields;
  while (const auto more = records.next(fields)) {
    if (!*more) break;
    CsvRecord again(dialect);
    for (const std::string& field : fields) again.add(field);
    again.end();
    MemorySource second(as_bytes(again.text()));
    CsvRecords reread(second, dialect);
    std::vector<std::string> same;
    const auto read = reread.next(same);
    if (!read || !*read || same != fields) __builtin_trap();
  }
  return 0;
}
