// Any bytes are a request, a refusal or the beginning of one, and what is read does not depend on how the bytes arrive.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "whois/http_request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::whois;
  using State = RequestRead::State;
  static RequestReader reader;
  static RequestReader other;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (unsigned i = 0; i < 16 && !rest.empty(); ++i) {
    const RequestRead read = reader.read(rest);
    // a beginning never says anything else than the whole: it waits, or it agrees
    const RequestRead early = other.read(rest.substr(0, rest.size() / 2));
    if (early.state == State::refused && read.state != State::refused) std::abort();
    if (early.state == State::request && (read.state != State::request || early.consumed != read.consumed)) std::abort();
    if (read.state != State::request) break;
    if (read.consumed == 0 || read.consumed > rest.size()) std::abort();
    // the request alone is the same request: nothing behind it had a part in it
    const RequestRead alone = other.read(rest.substr(0, read.consumed));
    if (alone.state != State::request || alone.consumed != read.consumed || alone.request.target != read.request.target ||
        alone.request.body != read.request.body || alone.request.keep_alive != read.request.keep_alive)
      std::abort();
    if (read.request.target.find_first_of(" \r\n") != std::string_view::npos) std::abort();
    rest.remove_prefix(read.consumed);
  }
  return 0;
}
