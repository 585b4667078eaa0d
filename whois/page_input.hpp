// What a person typed or pasted into the lookup field: a name, or what is wrong with it (lookup.md §6, §7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "registration/domain_name.hpp"

namespace regdata::whois {

/// Why there is no answer. Each has a page of its own; `word_of` is its key among the messages.
enum class PageProblem : std::uint8_t {
  empty,
  not_a_name,
  too_long,
  mixed_labels,
  invalid_idn,
  foreign_tld,
  not_found,
  too_fast,
  unavailable,
  no_page,
  method,
};
inline constexpr std::size_t page_problem_count = 11;
/// "not_a_name".
std::string_view word_of(PageProblem problem) noexcept;

/// The host in what was pasted: of "https://user@www.x.example:8443/path" "www.x.example", of "a@x.example" "x.example".
/// Without blanks, quotation marks and brackets around it.
std::string_view host_of(std::string_view typed) noexcept;

struct NotAName {
  PageProblem problem = PageProblem::not_a_name;
  /// With PageProblem::invalid_idn: the first character that no name may hold; empty: none is to blame alone.
  std::string character;
};

/// Total.
std::variant<DomainName, NotAName> read_typed(std::string_view typed);

/// "U+2603".
std::string code_point_of(std::string_view character);

}  // namespace regdata::whois
