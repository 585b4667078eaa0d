#include "app/commands/epp_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "app/commands/epp.hpp"
#include "registration/host.hpp"

namespace regdata::app {
namespace {

Error wrong(std::string what, std::string how) { return make_error(Errc::usage, std::move(what), std::move(how)); }

/// "12345 13 2 ABCD…"; empty: it is none.
std::optional<DsRecord> ds_record(std::string_view text) {
  const auto number = [&](unsigned most) -> std::optional<unsigned> {
    unsigned value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto used = static_cast<std::size_t>(end - text.data());
    if (failure != std::errc{} || value > most || used >= text.size() || text[used] != ' ') return std::nullopt;
    text.remove_prefix(used + 1);
    return value;
  };
  const auto tag = number(65535);
  const auto algorithm = tag ? number(255) : std::nullopt;
  const auto type = algorithm ? number(255) : std::nullopt;
  if (!type) return std::nullopt;
  auto digest = ds_digest(static_cast<std::uint8_t>(*type), text);
  if (!digest) return std::nullopt;
  return DsRecord{static_cast<std::uint16_t>(*tag), static_cast<std::uint8_t>(*algorithm), static_cast<std::uint8_t>(*type),
                  std::move(*digest)};
}

}  // namespace

Expected<std::optional<epp::Period>> period_of(const std::string& text) {
  if (text.empty()) return std::optional<epp::Period>();
  epp::Period period;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size() - 1, period.number);
  const bool is_number = failure == std::errc{} && end == text.data() + text.size() - 1;
  if (!is_number || (text.back() != 'y' && text.back() != 'm') || period.number < 1 || period.number > 99)
    return wrong(fmt::format("--period {} is none", text), "a number of 1 to 99 and y or m: 2y");
  period.in_months = text.back() == 'm';
  return std::optional(period);
}

Expected<epp::NameServers> servers_of(const std::vector<std::string>& texts) {
  epp::NameServers servers;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    auto name = object_argument(false, text.substr(0, equals));
    if (!name) return name.error();
    epp::NameServer server{std::move(*name), {}};
    if (equals != std::string::npos) {
      servers.are_attributes = true;
      std::string rest = text.substr(equals + 1);
      while (!rest.empty()) {
        const auto comma = rest.find(',');
        const auto address = canonical_address(rest.substr(0, comma));
        if (!address) return wrong(fmt::format("{} is no address", rest.substr(0, comma)), "192.0.2.1 or 2001:db8::1");
        server.addresses.push_back(*address);
        rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
      }
    }
    servers.servers.push_back(std::move(server));
  }
  return servers;
}

Expected<std::vector<epp::DomainContact>> contacts_of(const std::vector<std::string>& texts) {
  std::vector<epp::DomainContact> contacts;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    const std::string type = text.substr(0, equals);
    if (equals == std::string::npos || (type != "admin" && type != "billing" && type != "tech"))
      return wrong(fmt::format("{} names no contact", text), "admin=ID, billing=ID or tech=ID");
    contacts.push_back({type, text.substr(equals + 1)});
  }
  return contacts;
}

Expected<std::vector<DsRecord>> ds_of(const std::vector<std::string>& texts) {
  std::vector<DsRecord> records;
  for (const std::string& text : texts) {
    auto record = ds_record(text);
    if (!record)
      return wrong(fmt::format("\"{}\" is no DS record", text),
                   "key tag, algorithm, digest type, digest: \"12345 13 2 ABCD…\"");
    records.push_back(std::move(*record));
  }
  return records;
}

Expected<std::vector<std::string>> addresses_of(const std::vector<std::string>& texts) {
  std::vector<std::string> addresses;
  for (const std::string& text : texts) {
    const auto address = canonical_address(text);
    if (!address) return wrong(fmt::format("{} is no address", text), "192.0.2.1 or 2001:db8::1");
    addresses.push_back(*address);
  }
  return addresses;
}

namespace {

/// A decimal number that is not negative (RFC 8748 §3.4).
bool is_amount(const std::string& text) {
  const auto point = text.find('.');
  const std::string whole = text.substr(0, point);
  const std::string part = point == std::string::npos ? "0" : text.substr(point + 1);
  const auto is_number = [](const std::string& digits) {
    return !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos;
  };
  return is_number(whole) && is_number(part);
}

bool is_currency(const std::string& text) {
  constexpr std::size_t currency_size = 3;  // ISO 4217
  return text.size() == currency_size && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
}

}  // namespace

Expected<std::optional<epp::FeeTerms>> fee_of(const std::string& amount, const std::string& currency) {
  if (amount.empty() && currency.empty()) return std::optional<epp::FeeTerms>();
  if (!is_amount(amount)) return wrong(fmt::format("--fee {} is no amount", amount), "12.50; `regdata epp check --fee` asks");
  if (!currency.empty() && !is_currency(currency)) return wrong(fmt::format("--currency {} is none", currency), "EUR");
  return std::optional(epp::FeeTerms{currency, amount});
}

Expected<std::optional<epp::FeeQuestion>> fee_question_of(const std::vector<std::string>& texts, const std::string& currency) {
  if (texts.empty() && currency.empty()) return std::optional<epp::FeeQuestion>();
  if (texts.empty() || (!currency.empty() && !is_currency(currency)))
    return wrong("which command's fee, and in which currency", "--fee create=1y --currency EUR");
  epp::FeeQuestion question{currency, {}};
  for (const std::string& text : texts) {
    constexpr std::array<std::string_view, 6> commands{"create", "renew", "transfer", "restore", "update", "delete"};
    const auto equals = text.find('=');
    const std::string command = text.substr(0, equals);
    if (std::ranges::find(commands, command) == commands.end())
      return wrong(fmt::format("--fee {} names no command", text), "create=1y, renew=1y, transfer, restore, update, delete");
    auto period = period_of(equals == std::string::npos ? "" : text.substr(equals + 1));
    if (!period) return period.error();
    question.commands.push_back({command, *period});
  }
  return std::optional(std::move(question));
}

Expected<std::vector<epp::Organization>> organizations_of(const std::vector<std::string>& texts) {
  std::vector<epp::Organization> all;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size())
      return wrong(fmt::format("{} names no organization", text), "its role and its id at the registry: reseller=ID");
    all.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return all;
}

Expected<epp::Password> secret_of(const std::string& file) {
  return file.empty() ? Expected<epp::Password>(epp::Password()) : epp::read_password(file);
}

Expected<std::optional<epp::ExpiryDay>> expiry_day_of(const std::string& text) {
  if (text.empty()) return std::optional<epp::ExpiryDay>();
  // of a leap year, so that every day that there is is taken
  if (text.size() != 5 || !parse_rfc3339("2028-" + text + "T00:00:00Z"))
    return wrong(fmt::format("--expiry-day {} is none", text), "month and day: 12-31");
  return std::optional(
      epp::ExpiryDay{static_cast<unsigned>(std::stoul(text.substr(0, 2))), static_cast<unsigned>(std::stoul(text.substr(3)))});
}

Expected<std::optional<epp::LaunchTerms>> launch_of(const LaunchArguments& arguments) {
  const bool has_notice = !arguments.notice.empty() || !arguments.ends.empty() || !arguments.accepted.empty();
  if (arguments.phase.empty()) {
    if (has_notice) return wrong("a claims notice needs the phase that it is for", "--phase claims");
    return std::optional<epp::LaunchTerms>();
  }
  constexpr std::array<std::string_view, 5> phases{"sunrise", "landrush", "claims", "open", "custom"};
  const auto colon = arguments.phase.find(':');
  epp::LaunchTerms terms{{arguments.phase.substr(0, colon), {}}, {}};
  if (colon != std::string::npos) terms.phase.name = arguments.phase.substr(colon + 1);
  if (std::ranges::find(phases, terms.phase.phase) == phases.end())
    return wrong(fmt::format("--phase {} is none", arguments.phase), "claims, open, landrush, sunrise, custom:NAME");
  if (!has_notice) return std::optional(std::move(terms));
  const auto ends = parse_rfc3339(arguments.ends);
  const auto accepted = parse_rfc3339(arguments.accepted);
  if (arguments.notice.empty() || !ends || !accepted)
    return wrong("a claims notice has an id, an end and the time at which the registrant accepted it",
                 "--notice ID --notice-ends 2026-12-01T00:00:00Z --notice-accepted 2026-11-28T10:00:00Z");
  terms.notices.push_back({arguments.notice, arguments.validator, *ends, *accepted});
  return std::optional(std::move(terms));
}

}  // namespace regdata::app
