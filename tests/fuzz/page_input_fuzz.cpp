// Whatever is typed is a name or a problem that has its words; what is shown of it again is text.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "whois/page_input.hpp"
#include "whois/target.hpp"
#include "whois/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata;
  using namespace regdata::whois;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto check = [](std::string_view typed) {
    const std::string_view host = host_of(typed);
    if (!host.empty() && (host.data() < typed.data() || host.data() + host.size() > typed.data() + typed.size())) std::abort();
    const auto read = read_typed(typed);
    if (const auto* name = std::get_if<DomainName>(&read)) {
      const auto again = DomainName::parse(name->ascii());
      if (!again || again->ascii() != name->ascii()) std::abort();
      return;
    }
    const NotAName& wrong = std::get<NotAName>(read);
    if (word_of(wrong.problem).empty()) std::abort();
    if (wrong.character.empty()) return;
    if (typed.find(wrong.character) == std::string_view::npos) std::abort();
    if (!code_point_of(wrong.character).starts_with("U+") || !decode_utf8(wrong.character, 0).valid) std::abort();
  };
  check(bytes);
  // as it comes: in a query string
  if (const auto typed = form_value(bytes, "name")) check(*typed);
  return 0;
}
