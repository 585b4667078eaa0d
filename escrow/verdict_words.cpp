#include "escrow/verdict_words.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "registration/ascii.hpp"

namespace regdata::escrow {
namespace {

bool is_of_word(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || !is_ascii(c); }

/// In lower case, with one blank for what separates words on a line or in a sentence that is broken, one line feed for an empty
/// line; without the signs that set words in bold.
std::string flattened(std::string_view text) {
  std::string flat;
  unsigned lines = 0;
  bool is_open = false;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\t') {
      is_open = true;
      lines += c == '\n' ? 1 : 0;
      continue;
    }
    if (c == '*' || c == '`' || c == '~') continue;
    if (is_open && !flat.empty()) flat += lines > 1 ? '\n' : ' ';
    is_open = false;
    lines = 0;
    flat += lower(c);
  }
  return flat;
}

struct Place {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<Place> places_of(std::string_view flat, const std::string& words) {
  std::vector<Place> all;
  const std::string wanted = flattened(words);
  if (wanted.empty()) return all;
  for (auto at = flat.find(wanted); at != std::string_view::npos; at = flat.find(wanted, at + 1)) {
    const std::size_t end = at + wanted.size();
    const bool is_whole = (at == 0 || !is_of_word(flat[at - 1]) || !is_of_word(wanted.front())) &&
                          (end == flat.size() || !is_of_word(flat[end]) || !is_of_word(wanted.back()));
    if (is_whole) all.push_back({at, end});
  }
  return all;
}

/// The word before `at`, on its line; its begin goes to `at`. Empty: a sentence begins there.
std::string_view word_before(std::string_view flat, std::size_t& at) {
  constexpr std::string_view ends = ".!?;\n";
  while (at > 0 && !is_of_word(flat[at - 1])) {
    if (ends.find(flat[at - 1]) != std::string_view::npos) return {};
    --at;
  }
  const std::size_t end = at;
  while (at > 0 && (is_of_word(flat[at - 1]) || flat[at - 1] == '\'')) --at;
  return flat.substr(at, end - at);
}

std::string_view word_behind(std::string_view flat, std::size_t at) {
  while (at < flat.size() && !is_of_word(flat[at])) {
    if (std::string_view(".!;\n").find(flat[at]) != std::string_view::npos) return {};
    ++at;
  }
  const std::size_t begin = at;
  while (at < flat.size() && is_of_word(flat[at])) ++at;
  return flat.substr(begin, at - begin);
}

template <std::size_t count>
bool is_one_of(std::string_view word, const std::array<std::string_view, count>& all) {
  return std::ranges::find(all, word) != all.end();
}

/// "rejected: 0", "no errors": there is none of it.
bool is_none(std::string_view flat, Place place) {
  constexpr std::array<std::string_view, 5> none{"0", "no", "none", "zero", "nil"};
  const std::string_view behind = word_behind(flat, place.end);
  const bool is_told = place.end < flat.size() &&
                       (flat[place.end] == ':' || flat[place.end] == '=' || flat[place.end] == ' ' || flat[place.end] == '"');
  if (is_told && is_one_of(behind, none)) return true;
  std::size_t at = place.begin;
  return is_one_of(word_before(flat, at), std::array<std::string_view, 4>{"0", "no", "zero", "without"});
}

/// "not yet accepted", "accepted: no", "once it is accepted".
bool is_denied(std::string_view flat, Place place) {
  constexpr std::array<std::string_view, 35> denials{
      "non",     "un",      "not",    "never",     "no",     "cannot",  "can't",   "isn't", "wasn't",
      "hasn't",  "haven't", "won't",  "couldn't",  "didn't", "doesn't", "neither", "nor",   "without",
      "none",    "only",    "partly", "partially", "if",     "unless",  "until",   "once",  "when",
      "whether", "will",    "would",  "should",    "shall",  "may",     "might",   "could"};
  constexpr unsigned words_before = 8;
  std::size_t at = place.begin;
  for (unsigned count = 0; count < words_before; ++count) {
    const std::string_view word = word_before(flat, at);
    if (word.empty()) break;
    if (is_one_of(word, denials)) return true;
  }
  constexpr std::array<std::string_view, 8> behind{"no", "not", "false", "never", "pending", "0", "except", "but"};
  return is_one_of(word_behind(flat, place.end), behind);
}

/// Words of which a mail that accepts has none, but to say that there is none of it.
bool tells_of_trouble(std::string_view flat, const std::vector<Place>& said) {
  constexpr std::array<std::string_view, 18> stems{"await",    "pending",  "outstanding", "unable",     "fail",     "reject",
                                                   "invalid",  "refus",    "corrupt",     "incomplete", "denied",   "discard",
                                                   "mismatch", "unreadab", "malform",     "damag",      "unaccept", "disallow"};
  constexpr std::array<std::string_view, 4> counted{"error", "warning", "problem", "issue"};
  const auto begins = [](std::string_view word, const auto& all) {
    return std::ranges::any_of(all, [&](std::string_view stem) { return word.starts_with(stem); });
  };
  auto next_said = said.begin();
  for (std::size_t at = 0; at < flat.size();) {
    if (!is_of_word(flat[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < flat.size() && is_of_word(flat[at])) ++at;
    while (next_said != said.end() && next_said->end <= begin) ++next_said;
    if (next_said != said.end() && begin >= next_said->begin) continue;  // the verdict itself
    const std::string_view word = flat.substr(begin, at - begin);
    if (word == "being") return true;  // it goes on
    if (begins(word, stems) && !is_none(flat, {begin, at})) return true;
    if (!begins(word, counted)) continue;
    const auto is_count = [](std::string_view one) {
      return !one.empty() && std::ranges::all_of(one, is_digit) && one.find_first_not_of('0') != std::string_view::npos;
    };
    std::size_t before = begin;
    const bool is_told = at < flat.size() && (flat[at] == ':' || flat[at] == '=' || flat[at] == '"');
    if (is_count(is_told ? word_behind(flat, at) : word_before(flat, before))) return true;
  }
  return false;
}

}  // namespace

bool has_words(std::string_view text, std::string_view words) {
  return !places_of(flattened(text), std::string(words)).empty();
}

Expected<DepositState> said_in(std::string_view text, const MailRules& rules) {
  const std::string flat = flattened(text);
  const std::vector<Place> accepted = places_of(flat, rules.accepted);
  std::optional<DepositState> state;
  if (!accepted.empty()) state = DepositState::accepted;
  for (const auto& [words, of] :
       {std::pair(&rules.rejected, DepositState::rejected), std::pair(&rules.missing, DepositState::missing)}) {
    const std::vector<Place> places = places_of(flat, *words);
    if (std::ranges::all_of(places, [&](const Place& place) { return is_none(flat, place); })) continue;
    if (state) return make_error(Errc::invalid, "has the words of more than one verdict");
    state = of;
  }
  if (!state)
    return make_error(Errc::invalid, "has the words of no verdict", "[[escrow_agent]] mail_accepted and the like name them");
  if (*state != DepositState::accepted) return *state;
  if (std::ranges::any_of(accepted, [&](const Place& place) { return is_denied(flat, place); }))
    return make_error(Errc::invalid, "has the words of a verdict, and denies them or puts them off");
  if (tells_of_trouble(flat, accepted)) return make_error(Errc::invalid, "accepts a deposit, and tells of trouble");
  return *state;
}

}  // namespace regdata::escrow
