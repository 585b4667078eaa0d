#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <tuple>
#include <vector>

#include "escrow/verdict.hpp"
#include "registration/ascii.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t longest_mail = 1U << 20;

std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

struct Field {
  std::string name;
  std::string value;  ///< continued lines are joined by a blank
};

/// The fields at the top, in order; takes them and the empty line off `rest` (RFC 5322 §2.2).
std::vector<Field> take_fields(std::string_view& rest) {
  std::vector<Field> fields;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    if ((line.front() == ' ' || line.front() == '\t') && !fields.empty()) {
      fields.back().value += ' ';
      fields.back().value += trim(line);
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    fields.push_back({lowered(std::string(trim(line.substr(0, colon)))), std::string(trim(line.substr(colon + 1)))});
  }
  return fields;
}

const Field* first(const std::vector<Field>& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

/// Without comments and quoted strings (RFC 5322 §3.2.2, §3.2.4): what stands in them is said by nobody, and may be a sender's.
/// What is left open swallows the rest.
std::string bare(std::string_view text) {
  std::string plain;
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      ++at;
    } else if (c == '"' && depth == 0) {
      quoted = !quoted;
    } else if (c == '(' && !quoted) {
      ++depth;
    } else if (c == ')' && !quoted && depth > 0) {
      --depth;
    } else if (depth == 0 && !quoted) {
      plain += c;
    }
  }
  return plain;
}

/// The domain of the one address in From; empty: there is not exactly one.
std::string from_domain(const std::vector<Field>& fields) {
  if (std::ranges::count(fields, "from", &Field::name) != 1) return {};
  const std::string text = bare(first(fields, "from")->value);
  if (std::ranges::count(text, '@') != 1) return {};
  std::string_view domain = std::string_view(text).substr(text.find('@') + 1);
  domain = trim(domain.substr(0, domain.find('>')));
  return lowered(std::string(domain));
}

/// Whether our server found a signature of the domain that holds (RFC 8601 §2.2, §2.7.1). Only the topmost field counts: the
/// server writes its own above whatever came with the mail.
bool is_signed_by(const std::vector<Field>& fields, const MailRules& rules) {
  const Field* results = first(fields, "authentication-results");
  if (results == nullptr) return false;
  const std::string text = lowered(bare(results->value));
  std::string_view rest = text;
  const auto next = [&] {
    const auto end = std::min(rest.find(';'), rest.size());
    const std::string_view one = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return one;
  };
  const std::string_view server = next();
  if (server.substr(0, server.find(' ')) != lowered(rules.server)) return false;
  while (!rest.empty()) {
    std::string_view result = next();
    const auto word = [&] {
      const auto end = std::min(result.find(' '), result.size());
      const std::string_view one = result.substr(0, end);
      result = trim(result.substr(end));
      return one;
    };
    if (word() != "dkim=pass") continue;
    while (!result.empty())
      if (word() == "header.d=" + lowered(rules.domain)) return true;
  }
  return false;
}

/// With =5F and the like decoded (RFC 2045 §6.7, RFC 2047 §4.2).
std::string unquoted(std::string_view text) {
  std::string plain;
  const auto digit = [](char c) {
    return is_digit(c) ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '=' && at + 2 < text.size() ? digit(text[at + 1]) : -1;
    const int low = high < 0 ? -1 : digit(text[at + 2]);
    plain += low < 0 ? text[at] : static_cast<char>(high * 16 + low);
    if (low >= 0) at += 2;
  }
  return plain;
}

std::string from_base64(const std::string& block) {
  std::string decoded(block.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(decoded.data()), decoded.size(), block.data(), block.size(), " \t",
                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
    return {};
  return decoded.substr(0, size);
}

/// The encoded word that begins at `at` (RFC 2047 §2), decoded; its end goes to `end`. Empty: there is none.
std::optional<std::string> encoded_word(std::string_view mail, std::size_t at, std::size_t& end) {
  if (mail.substr(at, 2) != "=?") return std::nullopt;
  const auto how = mail.find('?', at + 2);
  if (how == std::string_view::npos || how + 2 >= mail.size() || mail[how + 2] != '?') return std::nullopt;
  const auto close = mail.find("?=", how + 3);
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view text = mail.substr(how + 3, close - how - 3);
  if (text.find_first_of(" \t\r\n") != std::string_view::npos) return std::nullopt;
  end = close + 2;
  if (lower(mail[how + 1]) == 'b') return from_base64(std::string(text));
  if (lower(mail[how + 1]) != 'q') return std::nullopt;
  std::string plain(text);
  std::ranges::replace(plain, '_', ' ');
  return unquoted(plain);
}

/// With encoded words in their places; what stands between two of them is none (RFC 2047 §6.2).
std::string with_words_decoded(std::string_view mail) {
  std::string text;
  for (std::size_t at = 0; at < mail.size();) {
    std::size_t end = 0;
    const auto word = encoded_word(mail, at, end);
    if (!word) {
      text += mail[at++];
      continue;
    }
    text += *word;
    at = end;
    const auto next = std::min(mail.find_first_not_of(" \t\r\n", at), mail.size());
    std::size_t ignored = 0;
    if (next > at && encoded_word(mail, next, ignored)) at = next;
  }
  return text;
}

/// All that can be read in it: as it stands, with soft line breaks closed (RFC 2045 §6.7), and with what is base64 decoded.
std::string searchable(std::string_view mail) {
  std::string text = with_words_decoded(mail);
  for (const std::string_view soft : {"=\r\n", "=\n"})
    for (auto at = text.find(soft); at != std::string::npos; at = text.find(soft, at)) text.erase(at, soft.size());
  std::string_view rest = mail;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (!starts_with_ignoring_case(line, "content-transfer-encoding:") || !contains_ignoring_case(line, "base64")) continue;
    take_fields(rest);  // the others of this part
    std::string block;
    while (!rest.empty()) {
      const std::string_view coded = take_line(rest);
      if (coded.empty() || coded.starts_with("--")) break;
      block += coded;
    }
    text += "\n" + from_base64(block);
  }
  return text + "\n" + unquoted(text);
}

/// A deposit as the name of a file tells it.
struct NamedDeposit {
  std::string date;
  std::optional<DepositKind> kind{};
  std::optional<std::uint32_t> revision{};
  friend bool operator<(const NamedDeposit& one, const NamedDeposit& other) {
    return std::tie(one.date, one.kind, one.revision) < std::tie(other.date, other.kind, other.revision);
  }
};

/// What stands behind each place where a name begins with `mark`; not within a longer word, which is of another registrar.
std::vector<std::string_view> behind(std::string_view text, const std::string& mark) {
  std::vector<std::string_view> all;
  for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const bool is_within = is_digit(before) || (lower(before) >= 'a' && lower(before) <= 'z') || before == '-';
    if (!is_within) all.push_back(text.substr(at + mark.size()));
  }
  return all;
}

std::string date_at(std::string_view text) {
  constexpr std::size_t date_size = 10;
  const std::string date(text.substr(0, date_size));
  return parse_rfc3339(date + "T00:00:00Z") ? date : std::string();
}

/// The number that the text begins with, which is taken off it.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// "full_1" of "_full_1.csv", "hash" of "_hash.txt"; of what is called otherwise all of it, which no deposit has.
std::string table_word(std::string_view text) {
  const auto is_of_word = [](char c) {
    return !is_ascii(c) || (c > ' ' && c != '"' && c != '\'' && c != ',' && c != ')' && c != ']');
  };
  std::string word(text.substr(1, std::ranges::find_if_not(text, is_of_word) - text.begin() - 1));
  word = lowered(unquoted(word));
  while (!word.empty() && std::string_view(".:;!?").find(word.back()) != std::string_view::npos) word.pop_back();
  if (word.starts_with("hash")) return "hash";
  for (const std::string_view kind : {"full_", "inc_", "hdl_"}) {
    if (!word.starts_with(kind)) continue;
    std::string_view rest = std::string_view(word).substr(kind.size());
    const auto number = take_number(rest);
    const bool ends = rest.empty() || !(is_digit(rest.front()) || (rest.front() >= 'a' && rest.front() <= 'z') ||
                                        rest.front() == '_' || rest.front() == '-' || rest.front() == '%');
    if (number && ends) return std::string(kind) + std::to_string(*number);
  }
  constexpr std::size_t most_told = 40;
  return "?" + word.substr(0, most_told);
}

bool begins_table(std::string_view text) {
  return text.starts_with('_') || starts_with_ignoring_case(text, "full_") || starts_with_ignoring_case(text, "inc_") ||
         starts_with_ignoring_case(text, "hdl_") || starts_with_ignoring_case(text, "hash");
}

/// Whether a name has clearly ended where this begins: a sentence goes on, or a line or an element of HTML ends. Whatever else
/// stands there may be a file's name in some spelling, and a word about one file is none about the deposit.
bool is_behind_name(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  for (const std::string_view mark : {"\xC2\xA0", "\xC2\xBB", "\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x99"})
    if (text.starts_with(mark)) return !begins_table(text.substr(mark.size()));
  while (!text.empty() && std::string_view("\"')],:;!?.").find(text.front()) != std::string_view::npos) {
    const char mark = text.front();
    text.remove_prefix(1);
    const bool ends_sentence = mark == '.' || mark == '?';
    if (ends_sentence && !text.empty() && (blanks.find(text.front()) == std::string_view::npos && text.front() != '"'))
      return false;
    if (text.empty()) return true;
    if (!ends_sentence && (is_digit(text.front()) || (lower(text.front()) >= 'a' && lower(text.front()) <= 'z'))) return false;
  }
  if (text.empty()) return true;
  if (text.front() == '<') {
    const auto end = text.find('>');
    return end != std::string_view::npos && !begins_table(text.substr(end + 1)) && !text.substr(end + 1).starts_with('-');
  }
  const auto next = text.find_first_not_of(blanks);
  return next != 0 && (next == std::string_view::npos || !begins_table(text.substr(next)));
}

/// "9999_RDE_2026-11-27_full_1.csv", whatever stands around it. `files`: what stands behind the date.
void find_tables(std::string_view text, std::uint32_t iana_id, std::set<NamedDeposit>& named, std::set<std::string>& files) {
  for (std::string_view rest : behind(text, std::to_string(iana_id) + "_RDE_")) {
    std::string date = date_at(rest);
    if (date.empty()) continue;
    rest.remove_prefix(date.size());
    named.insert({std::move(date)});
    std::string_view whole = rest;  // "_full" and "_inc" are the deposit as a whole
    for (const std::string_view kind : {"_full", "_inc"})
      if (starts_with_ignoring_case(whole, kind) && !whole.substr(kind.size()).starts_with('_'))
        whole.remove_prefix(kind.size());
    if (is_behind_name(whole)) continue;
    files.insert(rest.starts_with('_') ? table_word(rest) : "?");
  }
}

/// "9999_2026-11-27_full_S1_R0.ryde" (Registry Agreement, Specification 2, part A §5). `files`: "S1" and the like.
void find_documents(std::string_view text, const std::string& name, std::set<NamedDeposit>& named,
                    std::set<std::string>& files) {
  struct Word {
    std::string_view text;
    DepositKind kind;
  };
  constexpr std::array words{Word{"_full_S", DepositKind::full}, Word{"_diff_S", DepositKind::differential},
                             Word{"_incr_S", DepositKind::incremental}};
  for (std::string_view rest : behind(text, name + "_")) {
    std::string date = date_at(rest);
    if (date.empty()) continue;
    rest.remove_prefix(date.size());
    for (const Word& word : words) {
      if (!rest.starts_with(word.text)) continue;
      rest.remove_prefix(word.text.size());
      const auto part = take_number(rest);
      if (!part || *part == 0 || !rest.starts_with("_R")) break;
      rest.remove_prefix(2);
      if (const auto revision = take_number(rest)) {
        named.insert({date, word.kind, *revision});
        files.insert("S" + std::to_string(*part) + (rest.starts_with(".sig") ? ".sig" : ""));
      }
      break;
    }
  }
}

}  // namespace

bool has_words(std::string_view text, std::string_view words) {
  const auto is_part = [](char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || !is_ascii(c); };
  for (std::size_t at = 0; at + words.size() <= text.size(); ++at) {
    if (!same_ignoring_case(text.substr(at, words.size()), words)) continue;
    const std::size_t end = at + words.size();
    if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) return true;
  }
  return false;
}

Expected<Verdict> read_verdict_mail(std::string_view mail, const MailRules& rules, std::uint32_t iana_id) {
  if (mail.size() > longest_mail) return make_error(Errc::invalid, "is longer than 1 MiB");
  std::string_view body = mail;
  const std::vector<Field> fields = take_fields(body);
  if (rules.server.empty() || rules.domain.empty())
    return make_error(Errc::refused, "is a mail, and no setting says whose are believed",
                      "[[escrow_agent]] mail_server and mail_domain");
  if (from_domain(fields) != lowered(rules.domain) || !is_signed_by(fields, rules))
    return make_error(
        Errc::refused, "is not proven to be the agent's",
        "our mail server's Authentication-Results has to say dkim=pass for mail_domain, and From has to be of it");
  const std::string text = searchable(mail);
  std::set<NamedDeposit> named;
  Verdict verdict;
  find_tables(text, iana_id, named, verdict.files);
  find_documents(text, rules.rde_name.empty() ? std::to_string(iana_id) : rules.rde_name, named, verdict.files);
  if (named.size() != 1) return make_error(Errc::invalid, "names no deposit of ours, or several");
  struct Word {
    const std::string& text;
    DepositState state;
  };
  const std::array words{Word{rules.accepted, DepositState::accepted}, Word{rules.rejected, DepositState::rejected},
                         Word{rules.missing, DepositState::missing}};
  std::optional<DepositState> state;
  for (const Word& word : words) {
    if (word.text.empty() || !has_words(text, word.text)) continue;
    if (state) return make_error(Errc::invalid, "has the words of more than one verdict");
    state = word.state;
  }
  for (const std::string_view denied : {"not ", "never ", "no "})
    if (has_words(text, std::string(denied) + rules.accepted))
      return make_error(Errc::invalid, "has the words of a verdict, and denies them");
  if (!state)
    return make_error(Errc::invalid, "has the words of no verdict", "[[escrow_agent]] mail_accepted and the like name them");
  verdict.state = *state;
  verdict.iana_id = iana_id;
  verdict.date = named.begin()->date;
  verdict.kind = named.begin()->kind;
  verdict.revision = named.begin()->revision;
  verdict.reason = "by mail";
  return verdict;
}

}  // namespace regdata::escrow
