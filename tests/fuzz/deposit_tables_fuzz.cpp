// Tables by RFC 9022 that come back from somewhere: any definitions with any tables give a document that can be read, or an
// error. Parts of the input are separated by a byte 0x1E: first the document, then the tables.
#include <cstdint>
#include <string>
#include <vector>

#include "escrow/rde_table_reader.hpp"

namespace {

using namespace regdata;
using namespace regdata::escrow;

std::vector<std::string> parts_of(std::string_view input) {
  std::vector<std::string> parts(1);
  for (const char c : input) {
    if (c == '\x1e')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parts = parts_of({reinterpret_cast<const char*>(data), size});
  const auto tables = read_table_document(parts.front());
  if (!tables) return 0;
  std::size_t opened = 0;
  const auto open = [&](const std::string&) -> Expected<std::unique_ptr<ByteSource>> {
    const std::string& text = parts[++opened % parts.size()];
    return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(as_bytes(text)));
  };
  const auto source = objects_of_tables(*tables, open);
  RdeReader reader(*source);
  while (true) {
    const auto object = reader.next();
    if (!object || !*object) return 0;
    static_cast<void>(rde_keys(**object));
  }
}
