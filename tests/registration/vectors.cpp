#include "tests/registration/vectors.hpp"

#include <fstream>
#include <stdexcept>

namespace regdata::testing {
namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

void append_utf8(std::string& out, unsigned long c) {
  const auto byte = [&out](unsigned long value) { out += static_cast<char>(value); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xC0 | (c >> 6));
  } else {
    if (c < 0x10000) {
      byte(0xE0 | (c >> 12));
    } else {
      byte(0xF0 | (c >> 18));
      byte(0x80 | ((c >> 12) & 0x3F));
    }
    byte(0x80 | ((c >> 6) & 0x3F));
  }
  byte(0x80 | (c & 0x3F));
}

/// The text between the braces that open at `at`; moves behind them.
std::string braces(const std::string& text, std::size_t& at) {
  const auto close = text.find('}', at);
  if (at >= text.size() || text[at] != '{' || close == std::string::npos) throw std::runtime_error("braces expected: " + text);
  std::string inside = text.substr(at + 1, close - at - 1);
  at = close + 1;
  return inside;
}

std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    const char kind = at + 1 < text.size() ? text[at + 1] : ' ';
    at += 2;
    if (kind == 'x') {
      out += static_cast<char>(std::stoul(text.substr(at, 2), nullptr, 16));
      at += 2;
    } else if (kind == 'u') {
      append_utf8(out, std::stoul(braces(text, at), nullptr, 16));
    } else if (kind == '*') {
      const auto open = text.find('{', at);
      const auto times = std::stoul(text.substr(at, open - at));
      at = open;
      const std::string what = braces(text, at);
      for (unsigned long i = 0; i < times; ++i) out += what;
    } else {
      constexpr std::string_view names = "nrtsp\\", bytes = "\n\r\t |\\";
      const auto name = names.find(kind);
      if (name == std::string_view::npos) throw std::runtime_error("unknown escape: " + text);
      out += bytes[name];
    }
  }
  return out;
}

}  // namespace

std::string Vector::refusal() const { return trimmed(std::string_view(expected()).substr(1)); }

std::vector<Vector> read_vectors(std::string_view path) {
  std::ifstream file(std::string(REGDATA_SOURCE_DIR "/") + std::string(path));
  std::vector<Vector> vectors;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (trimmed(line).empty() || line.front() == '#') continue;
    Vector vector{std::string(path) + ':' + std::to_string(number), {}};
    for (std::size_t start = 0;;) {
      const auto bar = line.find('|', start);
      vector.columns.push_back(unescaped(trimmed(std::string_view(line).substr(start, bar - start))));
      if (bar == std::string::npos) break;
      start = bar + 1;
    }
    vectors.push_back(std::move(vector));
  }
  if (vectors.empty()) throw std::runtime_error("no vectors in " + std::string(path));
  return vectors;
}

}  // namespace regdata::testing
