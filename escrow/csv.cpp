#include "escrow/csv.hpp"

#include <algorithm>
#include <cstdint>

#include "registration/utf8.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t csv_block = 65536;

bool needs_quotes(std::string_view field, char separator) noexcept {
  if (field.empty()) return false;
  // blanks at the ends belong to the field (RFC 4180 §2 rule 4), and not every reader knows
  if (field.front() == ' ' || field.back() == ' ') return true;
  return std::any_of(field.begin(), field.end(),
                     [separator](char octet) { return octet == separator || octet == '"' || octet == '\n' || octet == '\r'; });
}

/// The first of the marks, or the end. The marks are near: find_first_of() calls a function for each octet.
template <class IsMark>
std::size_t find_mark(std::string_view text, std::size_t from, const IsMark& is_mark) noexcept {
  while (from < text.size() && !is_mark(text[from])) ++from;
  return from;
}

}  // namespace

void CsvRecord::add(std::string_view field) {
  if (fields_++ > 0) text_ += dialect_.separator;
  if (!dialect_.quote_all && !needs_quotes(field, dialect_.separator)) {
    text_ += field;
    return;
  }
  text_ += '"';
  for (const char octet : field) {
    if (octet == '"') text_ += '"';
    text_ += octet;
  }
  text_ += '"';
}

void CsvRecord::end() {
  if (dialect_.crlf) text_ += '\r';
  text_ += '\n';
}

Error CsvRecords::broken(std::string_view why) const {
  return make_error(Errc::damaged, "record " + std::to_string(number_ + 1) + ": " + std::string(why));
}

Expected<void> CsvRecords::hold_record() {
  bool quoted = false;
  std::size_t seen = begun_;
  while (true) {
    while (seen < text_.size()) {  // a line feed outside quotes ends it; a quote inside quotes is two of them
      const std::size_t mark =
          quoted ? text_.find('"', seen) : find_mark(text_, seen, [](char one) { return one == '"' || one == '\n'; });
      if (mark >= text_.size()) {
        seen = text_.size();
        break;
      }
      seen = mark + 1;
      if (text_[mark] == '"') {
        quoted = !quoted;
      } else {
        end_ = seen;
        return {};
      }
    }
    if (text_.size() - begun_ > longest) return broken("longer than a record can be; is a quote left open?");
    if (source_ended_) return broken(quoted ? "a quote is left open" : "the last line has no end");
    text_.erase(0, begun_);
    seen -= begun_;
    begun_ = 0;
    const std::size_t before = text_.size();
    text_.resize(before + csv_block);
    const auto size = from_.read({reinterpret_cast<std::uint8_t*>(text_.data()) + before, csv_block});
    if (!size) return size.error();
    text_.resize(before + *size);
    source_ended_ = *size == 0;
    end_ = 0;
    at_ = 0;
    if (text_.empty()) return {};
  }
}

Expected<bool> CsvRecords::next(std::vector<std::string>& fields) {
  begun_ = at_;
  end_ = begun_;
  if (source_ended_ && begun_ == text_.size()) return false;
  if (auto held = hold_record(); !held) return held.error();
  at_ = begun_;
  if (end_ == begun_) return false;
  std::size_t count = 0;
  for (bool last = false; !last; ++count) {
    if (fields.size() == count) fields.emplace_back();
    const auto ended = field(fields[count]);
    if (!ended) return ended.error();
    last = *ended;
  }
  fields.resize(count);
  if (!is_utf8(raw())) return broken("not UTF-8");
  ++number_;
  return true;
}

Expected<bool> CsvRecords::field(std::string& into) {
  into.clear();
  const std::string_view record = std::string_view(text_).substr(0, end_);
  const bool quoted = record[at_] == '"';
  if (quoted) {
    for (++at_;;) {
      const std::size_t quote = record.find('"', at_);
      if (quote == std::string_view::npos) return broken("a quote is left open");
      into += record.substr(at_, quote - at_);
      at_ = quote + 1;
      if (at_ == record.size() || record[at_] != '"') break;
      into += '"';
      ++at_;
    }
  } else {
    const char separator = dialect_.separator;
    const std::size_t end = std::min(
        find_mark(record, at_, [separator](char one) { return one == separator || one == '"' || one == '\r' || one == '\n'; }),
        record.size() - 1);
    into = record.substr(at_, end - at_);
    at_ = end;
  }
  if (record[at_] == dialect_.separator) {
    ++at_;
    return false;
  }
  const std::string_view line_end = dialect_.crlf ? "\r\n" : "\n";
  if (record.substr(at_) != line_end)
    return broken(quoted ? "text behind a closing quote" : "a quote or a line end where none can be");
  at_ = record.size();
  return true;
}

}  // namespace regdata::escrow
