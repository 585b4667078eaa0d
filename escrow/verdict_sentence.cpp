#include "escrow/verdict_sentence.hpp"

#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "registration/ascii.hpp"

namespace regdata::escrow {
namespace {

bool is_word_character(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || !is_ascii(c); }

std::string folded(std::string_view text) {
  auto wide = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  std::string utf8;
  wide.foldCase().toUTF8String(utf8);
  return utf8;
}

/// A line with one blank between its words, without emphasis and quotation marks.
std::string plain_line(std::string_view line) {
  constexpr std::array marks{"\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9C", "\xE2\x80\x9D",
                             "\xE2\x80\x9E", "\xC2\xAB",     "\xC2\xBB"};
  std::string plain;
  while (!line.empty()) {
    const auto mark = std::ranges::find_if(marks, [&](std::string_view one) { return line.starts_with(one); });
    if (mark != marks.end()) {
      line.remove_prefix(std::string_view(*mark).size());
      continue;
    }
    const char c = line.front();
    line.remove_prefix(1);
    if (c == ' ' || c == '\t' || c == '|') {
      if (!plain.empty() && plain.back() != ' ') plain += ' ';
    } else if (std::string_view("*`~\\\"'").find(c) == std::string_view::npos) {
      plain += c;
    }
  }
  while (plain.ends_with(' ')) plain.pop_back();
  return plain;
}

/// "Status: …", "files=…".
bool begins_a_record(std::string_view line) {
  constexpr std::size_t longest_key = 32;
  const auto end = line.substr(0, longest_key).find_first_of(":=");
  return end != std::string_view::npos && end > 0 && std::ranges::all_of(line.substr(0, end), [](char c) {
           return is_word_character(c) || c == ' ' || c == '-' || c == '_';
         });
}

/// The text in one piece: a line feed where one statement ends and another begins, a blank where a line only goes on.
std::string flat(std::string_view text) {
  std::string all;
  std::string former;
  std::string_view rest = text;
  bool is_first = true;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    std::string line = plain_line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with('>')) line.clear();  // quoted
    for (const std::string_view bullet : {"- ", "\xE2\x80\xA2 ", "\xC2\xB7 "})
      if (line.starts_with(bullet)) line.erase(0, bullet.size());
    const bool ends = former.empty() || line.empty() || begins_a_record(line) ||
                      std::string_view(".:;!?").find(former.back()) != std::string_view::npos;
    if (!is_first) all += ends ? '\n' : ' ';
    is_first = false;
    all += line;
    former = std::move(line);
  }
  return all;
}

/// A name, or a list of names, that the text begins with: `take` is asked behind each whether the rest fits.
class NameList {
 public:
  NameList(std::uint32_t iana_id, const std::string& rde_name) : iana_id_(iana_id), rde_name_(rde_name) {}

  template <class Fits>
  bool read(std::string_view rest, const Fits& fits) {
    names_.clear();
    read_ = 0;
    while (true) {
      auto size = static_cast<std::size_t>(
          std::ranges::find_if_not(
              rest, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.'; }) -
          rest.begin());
      while (size > 0 && !is_word_character(rest[size - 1])) --size;  // a full stop behind it
      auto name = deposit_name(rest.substr(0, size), iana_id_, rde_name_);
      if (!name) return false;
      names_.push_back(std::move(*name));
      rest.remove_prefix(size);
      read_ += size;
      if (fits(rest)) return true;
      const std::size_t before = rest.size();
      if (!skip_binding(rest)) return false;
      read_ += before - rest.size();
    }
  }
  [[nodiscard]] const std::vector<DepositName>& names() const noexcept { return names_; }
  /// How much of the text was read as names, whether the rest fits or not.
  [[nodiscard]] std::size_t size() const noexcept { return read_; }

 private:
  static bool skip_binding(std::string_view& rest) {
    for (const std::string_view one : {", and ", " and ", " & ", ", ", "; ", "\n", " "})
      if (rest.starts_with(one)) {
        rest.remove_prefix(one.size());
        return true;
      }
    return false;
  }

  std::uint32_t iana_id_;
  const std::string& rde_name_;
  std::vector<DepositName> names_;
  std::size_t read_ = 0;
};

/// Behind a sentence: nothing, another line, or a full stop.
bool is_end(std::string_view rest) {
  if (!rest.empty() && (rest.front() == '.' || rest.front() == '!'))
    rest.remove_prefix(1);
  else if (rest.starts_with(' '))
    return false;
  return rest.empty() || rest.front() == '\n' || rest.front() == ' ';
}

}  // namespace

bool is_verdict_sentence(std::string_view setting) {
  const auto at = setting.find(deposit_place);
  if (at == std::string_view::npos || setting.find(deposit_place, at + 1) != std::string_view::npos) return false;
  std::string beside(setting);
  beside.erase(at, deposit_place.size());
  return std::ranges::any_of(folded(beside), is_word_character);
}

std::string sentence_form(std::string_view text) {
  std::string form = flat(folded(text));
  while (!form.empty() && std::string_view(" \n.!").find(form.back()) != std::string_view::npos) form.pop_back();
  return form.substr(std::min(form.find_first_not_of(" \n"), form.size()));
}

VerdictText::VerdictText(std::string_view text) : whole_(flat(folded(text))) {}

std::vector<DepositName> VerdictText::said(std::string_view setting, std::uint32_t iana_id, const std::string& rde_name) const {
  std::vector<DepositName> said;
  if (!is_verdict_sentence(setting)) return said;
  const std::string form = sentence_form(setting);
  const auto place = form.find(deposit_place);
  if (place == std::string::npos) return said;
  const std::string_view before = std::string_view(form).substr(0, place);
  const std::string_view behind = std::string_view(form).substr(place + deposit_place.size());
  const std::string_view whole = whole_;
  NameList list(iana_id, rde_name);
  // gives how much need not be looked at again: what is within a list of names fits no better
  const auto look = [&](std::string_view rest) -> std::size_t {
    if (!rest.starts_with(before)) return 0;
    rest.remove_prefix(before.size());
    if (list.read(rest, [&](std::string_view left) { return left.starts_with(behind) && is_end(left.substr(behind.size())); }))
      said.insert(said.end(), list.names().begin(), list.names().end());
    return before.size() + list.size();
  };
  for (std::size_t at = look(whole); at + 1 < whole.size(); ++at) {
    const std::string_view rest = whole.substr(at + 1);
    if (whole[at] == '\n') {
      at += look(rest);
      continue;
    }
    // within a paragraph a sentence begins behind a full stop; one that begins with a name could be what stands behind "e.g."
    const bool is_closed = whole[at] == '.' || whole[at] == '!' || whole[at] == '?';
    if (is_closed && !before.empty() && rest.front() == ' ') at += look(rest.substr(1));
  }
  return said;
}

bool VerdictText::hints_at(std::string_view setting) const {
  if (!is_verdict_sentence(setting)) return false;
  const std::string form = sentence_form(setting);
  const auto place = form.find(deposit_place);
  const auto stands = [&](std::string_view part) {
    part = trim(part, " \n:=,.");
    return part.empty() || whole_.find(part) != std::string::npos;
  };
  return stands(std::string_view(form).substr(0, place)) && stands(std::string_view(form).substr(place + deposit_place.size()));
}

}  // namespace regdata::escrow
