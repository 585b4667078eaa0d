#include "app/table.hpp"

#include <algorithm>

namespace regdata::app {
namespace {

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

void Table::print(Output& output) const {
  std::vector<std::size_t> widths;
  for (const auto& heading : headings_) widths.push_back(width_of(heading));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i].text));
  }
  const auto pad = [&](std::size_t column, const std::string& text) {
    return column + 1 < widths.size() ? std::string(widths[column] - width_of(text) + 2, ' ') : std::string();
  };
  std::string line;
  for (std::size_t i = 0; i < headings_.size(); ++i)
    line += output.tint(Output::Tint::faint, headings_[i]) + pad(i, headings_[i]);
  output.line(line);
  for (const auto& row : rows_) {
    line.clear();
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      line += row[i].tinted ? output.tint(row[i].tint, row[i].text) : row[i].text;
      line += pad(i, row[i].text);
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    output.line(line);
  }
}

}  // namespace regdata::app
