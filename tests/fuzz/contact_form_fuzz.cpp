// Any body of the letter form; a letter that comes out of it gives a mail with the headers of the template.
#include <cstdint>
#include <string_view>

#include "relay/message.hpp"
#include "relay/record.hpp"
#include "whois/contact_form.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata;
  const auto form = whois::read_contact_form({reinterpret_cast<const char*>(data), size});
  if (!form) return 0;
  const auto made = whois::make_letter(*form, "en", UtcTime{});
  if (made.fault != whois::FormFault::none) return 0;
  if (relay::decode(relay::encode(relay::Record(made.letter))) != relay::Record(made.letter)) __builtin_trap();
  const std::string mail =
      relay::letter_message({{"relay@registrar.example", "relay.test"}, "abcdefghijklmnop", "holder@in.test", {}}, made.letter);
  std::size_t headers = 0;
  for (std::size_t at = 0; mail.compare(at, 2, "\r\n") != 0; at = mail.find("\r\n", at) + 2) headers += mail[at] != ' ' ? 1 : 0;
  if (headers != 11) __builtin_trap();
  return 0;
}
