#include "whois/rdap_query.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "registration/ascii.hpp"

namespace regdata::whois {
namespace {

constexpr RdapRefusal not_a_name{400, "Bad Request", "This is not a valid domain name: send one full name, A- or U-labels."};
constexpr RdapRefusal mixed_labels{400, "Bad Request", "The name mixes A-labels with U-labels: send one form of it."};
constexpr RdapRefusal no_argument{400, "Bad Request", "The path ends where a name is due."};
constexpr RdapRefusal not_held{404, "Not Found", "Nothing is held under this path."};
constexpr RdapRefusal not_offered{501, "Not Implemented", "Searches and number resources are not answered here."};

/// RFC 9082 §3.1.1, §3.1.2, §3.2 and the reverse searches of RFC 9536: known, and not offered.
constexpr std::array<std::string_view, 5> unsupported{"ip", "autnum", "domains", "nameservers", "entities"};

template <class Wrap>
RdapQuery named(std::string_view text, Wrap wrap) {
  if (is_mixed_label_form(text)) return mixed_labels;
  auto name = DomainName::parse(text);
  if (!name) return not_a_name;
  return wrap(std::move(*name));
}

/// By IANA id, or by name (Technical Implementation Guide 2024 §2.4.2).
RdapQuery entity(std::string_view handle) {
  RegistrarQuery query;
  std::transform(handle.begin(), handle.end(), std::back_inserter(query.name), lower);
  std::uint32_t number = 0;
  const char* end = query.name.data() + query.name.size();
  const auto [stop, error] = std::from_chars(query.name.data(), end, number);
  // "09999" is not how the id is written
  if (error == std::errc() && stop == end && query.name.front() != '0') query.iana_id = number;
  return query;
}

}  // namespace

RdapQuery parse_rdap_query(std::span<const std::string> segments) {
  if (segments.empty()) return not_held;
  const std::string_view what = segments[0];
  if (std::find(unsupported.begin(), unsupported.end(), what) != unsupported.end()) return not_offered;
  if (what == "help") return segments.size() == 1 ? RdapQuery(HelpQuery{}) : RdapQuery(not_held);
  const bool known = what == "domain" || what == "nameserver" || what == "entity";
  if (!known) return not_held;
  if (segments.size() == 1) return no_argument;
  if (segments.size() > 2) return bad_request;
  if (what == "domain") return named(segments[1], [](DomainName name) { return DomainQuery{std::move(name)}; });
  if (what == "nameserver") return named(segments[1], [](DomainName name) { return HostQuery{std::move(name)}; });
  return entity(segments[1]);
}

}  // namespace regdata::whois
