#include "app/config_values.hpp"

#include <fmt/format.h>

#include <charconv>

namespace regdata::app {
namespace {

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

struct ToToml {
  std::string operator()(const std::string* text) const { return toml_text(*text); }
  std::string operator()(const std::filesystem::path* path) const { return toml_text(path->string()); }
  std::string operator()(const bool* flag) const { return *flag ? "true" : "false"; }
  std::string operator()(const std::uint32_t* number) const { return fmt::format("{}", *number); }
  std::string operator()(const std::chrono::milliseconds* duration) const { return toml_text(format_duration(*duration)); }
  std::string operator()(const std::vector<std::string>* list) const {
    std::string out = "[";
    for (const auto& text : *list) out += (out.size() > 1 ? ", " : "") + toml_text(text);
    return out + "]";
  }
  std::string operator()(const TextMap* map) const {
    std::string out = "{";
    for (const auto& [name, text] : *map)
      out += fmt::format("{}{} = {}", out.size() > 1 ? ", " : "", toml_text(name), toml_text(text));
    return out + "}";
  }
  std::string operator()(const RecipientKind* kind) const {
    return toml_text(*kind == RecipientKind::registry       ? "registry"
                     : *kind == RecipientKind::escrow_agent ? "escrow-agent"
                                                            : "other");
  }
  std::string operator()(const PrivacyServiceKind* kind) const {
    return toml_text(*kind == PrivacyServiceKind::privacy ? "privacy" : "proxy");
  }
};

struct TypeName {
  std::string_view operator()(const std::string*) const { return "text"; }
  std::string_view operator()(const std::filesystem::path*) const { return "path"; }
  std::string_view operator()(const bool*) const { return "true or false"; }
  std::string_view operator()(const std::uint32_t*) const { return "number"; }
  std::string_view operator()(const std::chrono::milliseconds*) const {
    return "duration (\"500ms\", \"10s\", \"5m\", \"1h\")";
  }
  std::string_view operator()(const std::vector<std::string>*) const { return "list of texts"; }
  std::string_view operator()(const TextMap*) const { return "table of texts"; }
  std::string_view operator()(const RecipientKind*) const { return "\"registry\", \"escrow-agent\" or \"other\""; }
  std::string_view operator()(const PrivacyServiceKind*) const { return "\"privacy\" or \"proxy\""; }
};

}  // namespace

std::string toml_value(const Slot& slot) { return std::visit(ToToml{}, slot); }

std::string_view type_name(const Slot& slot) { return std::visit(TypeName{}, slot); }

Expected<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  std::int64_t factor = 0;
  if (unit == "ms") factor = 1;
  if (unit == "s") factor = 1000;
  if (unit == "m") factor = 60000;
  if (unit == "h") factor = 3600000;
  if (unit == "d") factor = 86400000;
  if (code != std::errc{} || factor == 0)
    return make_error(Errc::configuration, "not a duration", "write \"500ms\", \"10s\", \"5m\" or \"1h\"");
  return std::chrono::milliseconds(number * factor);
}

std::string format_duration(std::chrono::milliseconds duration) {
  const std::int64_t count = duration.count();
  if (count != 0 && count % 3600000 == 0) return fmt::format("{}h", count / 3600000);
  if (count != 0 && count % 60000 == 0) return fmt::format("{}m", count / 60000);
  if (count % 1000 == 0) return fmt::format("{}s", count / 1000);
  return fmt::format("{}ms", count);
}

}  // namespace regdata::app
