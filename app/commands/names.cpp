#include "app/commands/names.hpp"

#include <fmt/format.h>

#include <charconv>

namespace regdata::app {

Expected<DomainName> name_argument(const std::string& text) {
  auto name = DomainName::parse(text);
  if (!name)
    return make_error(Errc::usage, name.error().context,
                      name.error().hint.empty() ? "a domain name is wanted here; `regdata choice` takes contact handles too"
                                                : name.error().hint);
  return name;
}

Expected<std::uint64_t> number_argument(const std::string& what, const std::string& text, const std::string& hint) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure == std::errc{} && end == text.data() + text.size()) return number;
  return make_error(Errc::usage, fmt::format("{}: \"{}\" is no number", what, text.substr(0, 32)), hint);
}

Expected<UtcTime> time_argument(const std::string& option, const std::string& text) {
  auto time = parse_rfc3339(text);
  if (!time)
    return make_error(Errc::usage, fmt::format("{}: {}", option, time.error().context),
                      "write it with its zone: 2026-11-23T21:06:52Z");
  return time;
}

Expected<std::string> handle_argument(RegistrationStore& store, const std::string& text, Role role) {
  if (const auto name = DomainName::parse(text)) {
    const auto found = store.find(*name);
    if (!found) return found.error();
    if (*found) {
      const std::string& handle = handle_of((*found)->registration, role);
      if (handle.empty())
        return make_error(Errc::not_found, fmt::format("{} has no {} contact", name->ascii(), to_string(role)));
      return handle;
    }
  }
  const auto contact = store.find_contact(text);
  if (!contact) return contact.error();
  if (!*contact) {
    return make_error(Errc::not_found,
                      fmt::format("\"{}\" is neither a name nor a contact handle that is held", text.substr(0, 64)));
  }
  return text;
}

}  // namespace regdata::app
