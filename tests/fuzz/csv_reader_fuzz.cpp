// Any bytes as a CSV file: every byte is consumed, and what is known in pieces reads the same as in whole.
#include "store/csv_reader.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::store;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  CsvReader whole;
  CsvReader piece;
  while (!rest.empty()) {
    if (whole.read(rest, true) == CsvStep::need_more || whole.consumed() == 0 || whole.consumed() > rest.size())
      __builtin_trap();
    const std::string_view half = rest.substr(0, rest.size() / 2);
    if (!half.empty() && piece.read(half, false) == CsvStep::record) {
      if (piece.consumed() != whole.consumed() || piece.fields() != whole.fields()) __builtin_trap();
    }
    rest.remove_prefix(whole.consumed());
  }
  return 0;
}
