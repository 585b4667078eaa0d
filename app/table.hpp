// Columns of text for a person's screen.
#pragma once

#include <string>
#include <vector>

#include "app/output.hpp"

namespace regdata::app {

/// Prints rows under headings, each column as wide as its widest cell (UTF-8 counted by code points), two spaces between. The
/// last column is not padded.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}

  struct Cell {
    std::string text;
    bool tinted = false;
    Output::Tint tint = Output::Tint::good;
    Cell(const std::string& plain) : text(escape_controls(plain)) {}
    Cell(const char* plain) : text(escape_controls(plain)) {}
    Cell(const std::string& plain, Output::Tint color) : text(escape_controls(plain)), tinted(true), tint(color) {}
  };
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  void print(Output& output) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace regdata::app
