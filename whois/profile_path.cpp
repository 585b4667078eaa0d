#include "whois/profile_path.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <optional>
#include <vector>

namespace regdata::whois {
namespace {

using boost::json::value;
using Places = std::vector<const value*>;

constexpr std::size_t most_places = 4096;
constexpr std::size_t longest_path = 512;

bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || (c & 0x80) != 0;
}

/// Reads from the front of what is left.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] bool sees(std::string_view text) const noexcept { return rest_.starts_with(text); }
  bool take(std::string_view text) noexcept {
    if (!sees(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void skip_blanks() noexcept {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }
  std::string_view name() noexcept {
    std::size_t end = 0;
    while (end < rest_.size() && is_name_character(rest_[end])) ++end;
    const std::string_view name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return name;
  }
  /// 'text' or "text", without escapes.
  std::optional<std::string_view> quoted() noexcept {
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) return std::nullopt;
    const std::size_t end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view text = rest_.substr(1, end - 1);
    if (text.find('\\') != std::string_view::npos) return std::nullopt;
    rest_.remove_prefix(end + 1);
    return text;
  }
  std::optional<std::size_t> number() noexcept {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return number;
  }

 private:
  std::string_view rest_;
};

const value* child(const value& place, std::string_view name) noexcept {
  const auto* object = place.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}
const value* child(const value& place, std::size_t index) noexcept {
  const auto* array = place.if_array();
  return array == nullptr || index >= array->size() ? nullptr : &(*array)[index];
}

void add(Places& places, const value* place) {
  if (place != nullptr && places.size() < most_places) places.push_back(place);
}

template <class Key>
Places children(const Places& places, const Key& key) {
  Places found;
  for (const value* place : places) add(found, child(*place, key));
  return found;
}

Places slice(const Places& places, std::size_t first, std::size_t behind) {
  Places found;
  for (const value* place : places) {
    const auto* array = place->if_array();
    for (std::size_t i = first; array != nullptr && i < array->size() && i < behind; ++i) add(found, &(*array)[i]);
  }
  return found;
}

Places everything(const Places& places) {
  Places found = slice(places, 0, most_places);
  for (const value* place : places) {
    if (const auto* object = place->if_object())
      for (const auto& entry : *object) add(found, &entry.value());
  }
  return found;
}

/// "@.roles[0]=='registrant'" of a filter: how to get there, and the text that must stand there.
struct Filter {
  struct Step {
    std::string_view name;
    std::size_t index = 0;
    bool by_name = false;
  };
  std::vector<Step> steps;
  std::string_view text;

  [[nodiscard]] bool holds(const value& element) const {
    const value* place = &element;
    for (const Step& step : steps) {
      place = step.by_name ? child(*place, step.name) : child(*place, step.index);
      if (place == nullptr) return false;
    }
    const auto* string = place->if_string();
    return string != nullptr && std::string_view(string->data(), string->size()) == text;
  }
};

std::optional<Filter> read_filter(Reader& reader) {
  Filter filter;
  if (!reader.take("@")) return std::nullopt;
  for (;;) {
    if (reader.take(".")) {
      const std::string_view name = reader.name();
      if (name.empty()) return std::nullopt;
      filter.steps.push_back({name, 0, true});
    } else if (reader.take("[")) {
      const auto index = reader.number();
      if (!index || !reader.take("]")) return std::nullopt;
      filter.steps.push_back({{}, *index, false});
    } else {
      break;
    }
  }
  reader.skip_blanks();
  if (!reader.take("==")) return std::nullopt;
  reader.skip_blanks();
  const auto text = reader.quoted();
  if (!text) return std::nullopt;
  filter.text = *text;
  return filter;
}

using State = PathResult::State;

/// Behind "[", up to and including "]".
State bracket(Reader& reader, Places& places) {
  if (reader.take("?")) {
    const bool parenthesis = reader.take("(");
    const auto filter = read_filter(reader);
    if (!filter || (parenthesis && !reader.take(")"))) return State::unknown;
    Places found;
    for (const value* element : everything(places))
      if (filter->holds(*element)) add(found, element);
    places = std::move(found);
  } else if (reader.take("*")) {
    places = everything(places);
  } else if (const auto name = reader.quoted()) {
    places = children(places, *name);
  } else if (const auto first = reader.number(); first || reader.sees(":")) {
    if (reader.take(":")) {
      const auto behind = reader.number();
      if (reader.sees("-") || reader.sees(":")) return State::unknown;
      places = slice(places, first.value_or(0), behind.value_or(most_places));
    } else {
      places = children(places, *first);
    }
  } else {
    return reader.sees("-") || reader.sees("(") ? State::unknown : State::invalid;
  }
  if (reader.sees(",")) return State::unknown;
  return reader.take("]") ? State::known : State::invalid;
}

}  // namespace

PathResult evaluate_path(const value& top, std::string_view path) {
  Reader reader(path);
  if (path.size() > longest_path || !reader.take("$")) return {State::invalid, 0};
  Places places{&top};
  while (!reader.at_end()) {
    if (reader.sees("..")) return {State::unknown, 0};
    if (reader.take("[")) {
      const State state = bracket(reader, places);
      if (state != State::known) return {state, 0};
      continue;
    }
    if (!reader.take(".")) return {State::invalid, 0};
    if (reader.take("*")) {
      places = everything(places);
      continue;
    }
    const std::string_view name = reader.name();
    if (name.empty()) return {State::invalid, 0};
    places = children(places, name);
  }
  return {State::known, places.size()};
}

}  // namespace regdata::whois
