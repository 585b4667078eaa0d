// Any view that decodes renders to sound lines, under every layout (rules.md §3.2). The first two bytes choose layout and age.
#include <cstdint>
#include <cstdlib>

#include "redaction/view_store.hpp"
#include "whois/text.hpp"

namespace {

/// Lines of printable characters with CRLF ends and without blanks at their ends.
bool sound(std::string_view text) {
  char before = '\n';
  for (const char c : text) {
    const bool control = (static_cast<unsigned char>(c) < 0x20 && c != '\r' && c != '\n') || c == 0x7F;
    if (control || (c == '\n') != (before == '\r') || (c == '\r' && before == ' ')) return false;
    before = c;
  }
  return before == '\n';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string clean = whois::clean_value(bytes);
  if (whois::clean_value(clean) != clean || !sound("x" + clean + "\r\n")) std::abort();
  const auto view = redaction::ViewCodec::decode(bytes.substr(2));
  if (!view) return 0;
  redaction::PublicTexts texts;
  texts.registrars.push_back({});
  texts.registrars.front().id = (*view)->registrar;
  texts.redacted_text = "REDACTED";
  texts.whois_layout = data[0];
  std::string out;
  if (!whois::append_domain(out, *view, {texts, UtcTime{}, data[1] % 2 == 1})) std::abort();
  if (!sound(out)) std::abort();
  return 0;
}
