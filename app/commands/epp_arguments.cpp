#include "app/commands/epp_arguments.hpp"

#include <fmt/format.h>

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

}  // namespace regdata::app
