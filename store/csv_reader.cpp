#include "store/csv_reader.hpp"

namespace regdata::store {
namespace {

constexpr std::string_view unclosed = "a quote is opened and not closed";
constexpr std::string_view too_long = "the record is longer than 256 KiB";

/// Bytes of the line ending at `at`, where a CR or an LF stands; 0: a CR whose LF is not there (or not yet).
std::size_t line_ending(std::string_view text, std::size_t at, bool at_end) {
  if (text[at] == '\n') return 1;
  if (at + 1 < text.size()) return text[at + 1] == '\n' ? 2 : 0;
  return at_end ? 1 : 0;
}

}  // namespace

CsvStep CsvReader::read(std::string_view text, bool at_end) {
  const bool longer = text.size() > record_limit;
  if (longer) {
    text = text.substr(0, record_limit + 1);
    at_end = false;
  }
  position_ = consumed_ = 0;
  lines_ = 1;
  pieces_.clear();
  fields_.clear();
  unescaped_.clear();
  problem_ = {};
  while (field(text, at_end)) {
    if (pieces_.size() > field_limit) return fail(text, "the record has more than 1024 fields");
    const bool last = position_ == text.size();
    if (!last && text[position_] == delimiter_) {
      ++position_;
      continue;
    }
    const std::size_t ending = last ? 0 : line_ending(text, position_, at_end);
    if (ending == 0 && !last && position_ + 1 < text.size()) return fail(text, "a carriage return stands without a line feed");
    if (ending == 0 && !(last && at_end)) break;
    consumed_ = position_ + ending;
    for (const Piece& piece : pieces_) {
      fields_.push_back((piece.unquoted_copy ? std::string_view(unescaped_) : text).substr(piece.at, piece.size));
    }
    return CsvStep::record;
  }
  if (!problem_.empty()) return fail(text, problem_);
  return longer ? fail(text, too_long) : CsvStep::need_more;
}

/// Takes one field; the position is then behind it. False: broken, or the text ends before it is known where the field ends.
bool CsvReader::field(std::string_view text, bool at_end) {
  if (position_ < text.size() && text[position_] == '"') return quoted_field(text, at_end);
  const std::size_t begin = position_;
  for (; position_ < text.size(); ++position_) {
    const char c = text[position_];
    if (c == delimiter_ || c == '\n' || c == '\r') break;
    if (c == '"') return problem_ = "a quote stands inside an unquoted field", false;
  }
  if (position_ == text.size() && !at_end) return false;
  pieces_.push_back({begin, position_ - begin, false});
  return true;
}

bool CsvReader::quoted_field(std::string_view text, bool at_end) {
  std::size_t begin = ++position_;
  const std::size_t copy_begin = unescaped_.size();
  bool copied = false;
  while (true) {
    const std::size_t quote = text.find('"', position_);
    if (quote == std::string_view::npos) {
      if (at_end) problem_ = unclosed;
      return false;
    }
    for (std::size_t i = position_; i < quote; ++i) lines_ += text[i] == '\n';
    if (quote + 1 == text.size() && !at_end) return false;  // the second of a pair may follow
    position_ = quote + 1;
    const bool pair = position_ < text.size() && text[position_] == '"';
    if (pair || copied) unescaped_.append(text.substr(begin, quote - begin + (pair ? 1 : 0)));
    if (!pair) {
      pieces_.push_back(copied ? Piece{copy_begin, unescaped_.size() - copy_begin, true} : Piece{begin, quote - begin, false});
      break;
    }
    copied = true;
    begin = ++position_;
  }
  if (position_ == text.size()) return true;
  const char behind = text[position_];
  if (behind == delimiter_ || behind == '\n' || behind == '\r') return true;
  return problem_ = "text stands behind a closing quote", false;
}

CsvStep CsvReader::fail(std::string_view text, std::string_view problem) {
  problem_ = problem;
  const std::size_t line_feed = text.find('\n');
  consumed_ = line_feed == std::string_view::npos ? text.size() : line_feed + 1;
  lines_ = 1;
  fields_.clear();
  return CsvStep::broken;
}

}  // namespace regdata::store
