#include "escrow/named_deposits.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "registration/ascii.hpp"
#include "registration/utc_time.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t date_size = 10;
constexpr std::size_t most_told = 40;

std::string date_at(std::string_view text) {
  if (text.empty() || !is_digit(text.front())) return {};
  const std::string date(text.substr(0, date_size));
  return parse_rfc3339(date + "T00:00:00Z") ? date : std::string();
}

bool take(std::string_view& rest, std::string_view word) {
  if (!rest.starts_with(word)) return false;
  rest.remove_prefix(word.size());
  return true;
}

std::optional<std::uint32_t> take_number(std::string_view& rest) {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (failure != std::errc{}) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return number;
}

/// ".csv.gz.gpg": what packing and sealing adds.
void take_extensions(std::string_view& rest) {
  constexpr std::array known{".csv", ".gz", ".gpg", ".pgp", ".txt", ".ryde", ".xml", ".tar", ".zip", ".asc"};
  for (bool more = true; more;) {
    more = false;
    for (const std::string_view one : known) {
      const std::string_view behind = rest.substr(std::min(one.size(), rest.size()));
      if (rest.starts_with(one) && (behind.empty() || behind.front() == '.')) more = take(rest, one);
    }
  }
}

/// "full_1", "inc-2", "hdl 3", with its extensions; empty: it is none.
std::string table_of(std::string_view word) {
  for (const std::string_view kind : {"full", "inc", "hdl"}) {
    std::string_view rest = word;
    if (!take(rest, kind) || rest.empty() || std::string_view("_-.").find(rest.front()) == std::string_view::npos) continue;
    rest.remove_prefix(1);
    const auto number = take_number(rest);
    take_extensions(rest);
    if (number && rest.empty()) return std::string(kind) + "_" + std::to_string(*number);
  }
  std::string_view rest = word;
  if (!take(rest, "hash")) return {};
  take_extensions(rest);
  return rest.empty() ? "hash" : "";
}

/// A word without the signs around it.
struct Word {
  std::string_view text;
  bool follows = false;  ///< on the line of the word before, and nothing but blanks and signs that bind stands between
};

bool is_separator(char c) {
  return !is_ascii(c) || c <= ' ' || std::string_view("\"'<>()[]{},;|:#*`~").find(c) != std::string_view::npos;
}

/// Takes the next one off the text; with an empty text at its end. `was_closed`: a full stop or the like stands behind the
/// last.
Word take_word_off(std::string_view& rest, bool& was_closed) {
  bool binds = !was_closed;
  while (!rest.empty() && is_separator(rest.front())) {
    binds = binds && std::string_view(" \t\"'([#:").find(rest.front()) != std::string_view::npos;
    rest.remove_prefix(1);
  }
  const auto size = static_cast<std::size_t>(std::ranges::find_if(rest, is_separator) - rest.begin());
  const std::string_view word = rest.substr(0, size);
  rest.remove_prefix(size);
  const auto end = word.find_last_not_of(".!?-_=/") + 1;  // of none: 0
  was_closed = word.substr(end).find_first_of(".!?") != std::string_view::npos;
  return {word.substr(0, end), binds};
}

class Finder {
 public:
  Finder(std::uint32_t iana_id, const std::string& rde_name)
      : icann_(std::to_string(iana_id) + "_rde_"), rde_(lowered(rde_name.empty() ? std::to_string(iana_id) : rde_name) + "_") {}

  NamedInText find(std::string_view text) {
    std::string plain = lowered(std::string(text));
    std::erase(plain, '\\');  // Markdown
    std::string_view rest = plain;
    bool was_closed = true;
    std::array<Word, 4> window;  // before, word, number, after
    const auto shift = [&](Word word) {
      std::ranges::rotate(window, window.begin() + 1);
      window.back() = word;
      if (window[2].follows)
        take_pair(window[1].follows ? window[0].text : "", window[1].text, window[2].text,
                  window[3].follows ? window[3].text : "");
    };
    while (!rest.empty()) {
      const Word word = take_word_off(rest, was_closed);
      take_word(word.text);
      shift(word);
    }
    shift({});
    found_.names_others = found_.names_others || (has_icanns_ && has_rdes_);
    return std::move(found_);
  }

 private:
  void take_word(std::string_view word) {
    const bool is_address = word.starts_with("//");  // of a page; what stands before the colon was a word of its own
    if (is_address) word = word.substr(0, word.find_first_of("?#"));
    if (const auto equals = word.find('='); equals != std::string_view::npos) {
      if (is_of_deposit(word.substr(0, equals))) return unknown(word);
      word.remove_prefix(word.rfind('=') + 1);
    }
    if (const auto slash = word.rfind('/'); slash != std::string_view::npos) word.remove_prefix(slash + 1);
    if (word.size() == date_size && !date_at(word).empty()) found_.dates.emplace(word);
    if (word == "hdl" || (word.starts_with('.') && has_file_extension("x" + std::string(word)))) return unknown(word);
    const auto begin = std::min(word.find_first_not_of("_-."), word.size());
    const bool is_cut = begin > 0;
    word.remove_prefix(begin);
    if (word.empty()) return;
    if (!is_cut && (take_icann(word) || take_rde(word))) return;
    if (is_of_deposit(word)) return unknown(word);
    if (std::string table = table_of(word); !table.empty()) {
      found_.files.insert(std::move(table));
    } else if (!is_address && has_file_extension(word)) {
      unknown(word);
    }
  }

  /// "full 1", "part 2": two words.
  void take_pair(std::string_view before, std::string_view word, std::string_view number, std::string_view after) {
    constexpr std::size_t most_digits = 3;  // four are a year, or a registrar
    if (number.empty() || number.size() > most_digits || !std::ranges::all_of(number, is_digit)) return;
    const bool is_count = after == "file" || after == "files" || after == "day" || after == "days" || after == "rows" ||
                          after == "records" || after == "domains" || after == "names" || after == "kb" || after == "mb";
    if (word == "full" || word == "inc" || word == "hdl") {
      if (before != "in" && !is_count)
        found_.files.insert(std::string(word) + "_" + std::to_string(std::stoul(std::string(number))));
    } else if (word == "part" || word == "file" || word == "segment" || word == "table") {
      if (!is_count) unknown(word);
    }
  }

  /// "9999_RDE_2026-11-27_full_1.csv" (ICANN's specifications).
  bool take_icann(std::string_view word) {
    if (!take(word, icann_)) return false;
    std::string date = date_at(word);
    if (date.empty()) return false;
    has_icanns_ = true;
    word.remove_prefix(date_size);
    if (word.empty() || word == "_full" || word == "_inc") {  // the deposit as a whole
      NamedDeposit named{std::move(date)};
      if (!word.empty()) named.kind = word == "_full" ? DepositKind::full : DepositKind::incremental;
      found_.deposits.insert(std::move(named));
      return true;
    }
    std::string table = word.starts_with('_') ? table_of(word.substr(1)) : std::string();
    found_.deposits.insert({std::move(date)});
    if (table.empty())
      unknown(word);
    else
      found_.files.insert(std::move(table));
    return true;
  }

  /// "9999_2026-11-27_full_S1_R0.ryde" (Registry Agreement, Specification 2, part A §5).
  bool take_rde(std::string_view word) {
    if (!take(word, rde_)) return false;
    NamedDeposit named{date_at(word)};
    if (named.date.empty()) return false;
    word.remove_prefix(date_size);
    struct Form {
      std::string_view text;
      DepositKind kind;
    };
    constexpr std::array forms{Form{"_full", DepositKind::full}, Form{"_diff", DepositKind::differential},
                               Form{"_incr", DepositKind::incremental}};
    for (const Form& form : forms)
      if (!named.kind && take(word, form.text)) named.kind = form.kind;
    if (!named.kind && !word.empty()) return false;
    std::string file;
    if (named.kind && take(word, "_s")) {
      const auto part = take_number(word);
      if (!part || *part == 0 || !word.starts_with("_r")) return false;
      file = "S" + std::to_string(*part);
    }
    if (named.kind && take(word, "_r")) {
      named.revision = take_number(word);
      if (!named.revision) return false;
    }
    if (!file.empty() && (word == ".sig" || word == ".ryde.sig" || word == ".sig.asc")) {
      file += ".sig";
      word = {};
    }
    if (!file.empty()) take_extensions(word);
    if (!word.empty()) return false;
    has_rdes_ = true;
    found_.deposits.insert(std::move(named));
    if (!file.empty()) found_.files.insert(std::move(file));
    return true;
  }

  /// It names a deposit, ours or not, in whatever way.
  bool is_of_deposit(std::string_view word) {
    const auto is_sign = [](char c) { return c == '_' || c == '-' || c == '.'; };
    for (auto at = word.find("rde"); at != std::string_view::npos; at = word.find("rde", at + 1))
      if (at > 0 && at + 3 < word.size() && is_sign(word[at - 1]) && is_sign(word[at + 3]) &&
          (word[at - 1] != '_' || word[at + 3] != '_'))
        return true;  // "9999-RDE-2026-11-27"
    const auto of_icann = word.find("_rde_");
    if (of_icann != std::string_view::npos) {
      std::string_view owner = word.substr(0, of_icann);
      const auto begin = std::ranges::find_if_not(owner.rbegin(), owner.rend(), is_digit) - owner.rbegin();
      owner = owner.substr(owner.size() - static_cast<std::size_t>(begin));
      if (!owner.empty() && owner != std::string_view(icann_).substr(0, icann_.size() - 5)) found_.names_others = true;
      return true;
    }
    for (std::size_t at = word.find('_'); at != std::string_view::npos; at = word.find('_', at + 1)) {
      if (date_at(word.substr(at + 1)).empty()) continue;
      const std::string_view behind = word.substr(std::min(at + 1 + date_size, word.size()));
      const bool is_ours = word.substr(0, at + 1).ends_with(rde_);
      const bool is_formed = behind.starts_with("_full") || behind.starts_with("_diff") || behind.starts_with("_inc");
      if (is_formed && !is_ours) found_.names_others = true;
      if (is_ours || is_formed) return true;
    }
    return false;
  }

  static bool has_file_extension(std::string_view word) {
    return std::ranges::any_of(
        std::array{".csv", ".gpg", ".pgp", ".ryde", ".sig", ".gz", ".xml", ".json", ".txt", ".zip", ".tar"},
        [&](std::string_view one) { return word.ends_with(one) && word.size() > one.size(); });
  }

  void unknown(std::string_view word) { found_.files.insert("?" + std::string(word.substr(0, most_told))); }

  std::string icann_;
  std::string rde_;
  bool has_icanns_ = false;
  bool has_rdes_ = false;
  NamedInText found_;
};

}  // namespace

NamedInText named_in(std::string_view text, std::uint32_t iana_id, const std::string& rde_name) {
  return Finder(iana_id, rde_name).find(text);
}

}  // namespace regdata::escrow
