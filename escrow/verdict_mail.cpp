#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <tuple>
#include <vector>

#include "escrow/mail_readings.hpp"
#include "escrow/verdict.hpp"
#include "registration/ascii.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t longest_mail = 1U << 20;

const MailField* first(const std::vector<MailField>& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &MailField::name);
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
std::string from_domain(const std::vector<MailField>& fields) {
  if (std::ranges::count(fields, "from", &MailField::name) != 1) return {};
  const std::string text = bare(first(fields, "from")->value);
  if (std::ranges::count(text, '@') != 1) return {};
  std::string_view domain = std::string_view(text).substr(text.find('@') + 1);
  domain = trim(domain.substr(0, domain.find('>')));
  return lowered(std::string(domain));
}

/// Whether our server found a signature of the domain that holds (RFC 8601 §2.2, §2.7.1). Only the topmost field counts: the
/// server writes its own above whatever came with the mail.
bool is_signed_by(const std::vector<MailField>& fields, const MailRules& rules) {
  const MailField* results = first(fields, "authentication-results");
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
  word = lowered(with_octets_decoded(word));
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

/// Names of files that stand in the text without that of the deposit before them: "full_1", "hdl-2", "inc 3"; and "?" where
/// something is called a file otherwise. A sentence may say so of a deposit that it named before.
void find_loose_tables(std::string_view text, std::set<std::string>& files) {
  const auto is_word = [](char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z'); };
  constexpr std::size_t longest_between = 16;
  constexpr std::size_t most_digits = 3;  // four are a year, or a registrar
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at > 0 && is_word(text[at - 1])) continue;
    for (const std::string_view kind : {"full", "inc", "hdl"}) {
      if (!starts_with_ignoring_case(text.substr(at), kind)) continue;
      std::string_view rest = text.substr(at + kind.size());
      std::size_t between = 0;
      // "Example Inc., 500 Road" is no file
      while (between < rest.size() && between < longest_between && !is_word(rest[between]) && rest[between] != '.' &&
             rest[between] != ',')
        ++between;
      rest.remove_prefix(between);
      const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_digit) - rest.begin());
      if (digits > 0 && digits <= most_digits)
        files.insert(std::string(kind) + "_" + std::to_string(std::stoul(std::string(rest.substr(0, digits)))));
    }
    if (starts_with_ignoring_case(text.substr(at), "hash.txt")) files.insert("hash");
  }
}

/// A file, whatever it is called.
bool has_file_extension(std::string_view text) {
  return std::ranges::any_of(std::array{".csv", ".gpg", ".ryde"},
                             [&](std::string_view end) { return contains_ignoring_case(text, end); });
}

/// "9999_RDE_2026-11-27_full_1.csv", whatever stands around it. `files`: what stands behind the date. Blots out what it found.
void find_tables(std::string& text, std::uint32_t iana_id, std::set<NamedDeposit>& named, std::set<std::string>& files) {
  const std::string whole = text;
  for (std::string_view rest : behind(whole, std::to_string(iana_id) + "_RDE_")) {
    std::string date = date_at(rest);
    if (date.empty()) continue;
    rest.remove_prefix(date.size());
    named.insert({std::move(date)});
    if (!rest.starts_with("_")) continue;
    std::string word = table_word(rest);
    if (word == "?full" || word == "?inc") continue;  // these are the deposit as a whole
    files.insert(std::move(word));
    const auto end = std::min(rest.find_first_of(" \t\r\n\"'<>,;()[]|"), rest.size());
    const auto begin = static_cast<std::size_t>(rest.data() - whole.data());
    std::ranges::fill(text.begin() + static_cast<std::ptrdiff_t>(begin),
                      text.begin() + static_cast<std::ptrdiff_t>(begin + end), ' ');
  }
}

/// "9999_2026-11-27_full_S1_R0.ryde" (Registry Agreement, Specification 2, part A §5). `files`: "S1" and the like. Blots out
/// the ends of what it found.
void find_documents(std::string& text, const std::string& name, std::set<NamedDeposit>& named, std::set<std::string>& files) {
  struct Word {
    std::string_view text;
    DepositKind kind;
  };
  constexpr std::array words{Word{"_full_S", DepositKind::full}, Word{"_diff_S", DepositKind::differential},
                             Word{"_incr_S", DepositKind::incremental}};
  const std::string whole = text;
  for (std::string_view rest : behind(whole, name + "_")) {
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
        const auto at = static_cast<std::ptrdiff_t>(rest.data() - whole.data());
        const std::size_t end = starts_with_ignoring_case(rest, ".ryde") ? 5 : 0;
        std::ranges::fill(text.begin() + at, text.begin() + at + static_cast<std::ptrdiff_t>(end), ' ');
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
  const std::vector<MailField> fields = take_mail_fields(body);
  if (rules.server.empty() || rules.domain.empty())
    return make_error(Errc::refused, "is a mail, and no setting says whose are believed",
                      "[[escrow_agent]] mail_server and mail_domain");
  if (from_domain(fields) != lowered(rules.domain) || !is_signed_by(fields, rules))
    return make_error(
        Errc::refused, "is not proven to be the agent's",
        "our mail server's Authentication-Results has to say dkim=pass for mail_domain, and From has to be of it");
  std::set<NamedDeposit> named;
  Verdict verdict;
  std::string text;
  for (std::string& reading : mail_readings(mail)) {
    text += reading + "\n";
    find_tables(reading, iana_id, named, verdict.files);
    find_documents(reading, rules.rde_name.empty() ? std::to_string(iana_id) : rules.rde_name, named, verdict.files);
    find_loose_tables(reading, verdict.files);
    if (verdict.files.empty() && has_file_extension(reading)) verdict.files.insert("?");
  }
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
