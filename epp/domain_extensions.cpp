#include "epp/domain_extensions.hpp"

#include <array>
#include <charconv>

#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

bool is_true(std::string_view word) { return word == "1" || word == "true"; }

std::optional<Period> period_in(const XmlElement& element) {
  if (!element) return std::nullopt;
  Period period;
  const std::string text = element.text();
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), period.number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  period.in_months = element.attribute("unit") == "m";
  return period;
}

std::vector<Amount> amounts_in(const XmlElement& element, std::string_view called) {
  std::vector<Amount> amounts;
  element.each_child(called, [&](const XmlElement& one) {
    amounts.push_back({one.text(), std::string(one.attribute("description"))});
  });
  return amounts;
}

FeeOffer offer_in(const XmlElement& command) {
  FeeOffer offer;
  offer.command = command.attribute("name");
  if (offer.command == "custom") offer.command = command.attribute("customName");
  offer.period = period_in(command.child("period"));
  offer.is_standard = is_true(command.attribute("standard"));
  offer.fees = amounts_in(command, "fee");
  offer.credits = amounts_in(command, "credit");
  offer.reason = command.child("reason").text();
  return offer;
}

}  // namespace

std::optional<FeeAnswer> read_fees(const Response& response) {
  const XmlElement checked = response.extension(fee_namespace, "chkData");
  if (!checked) return std::nullopt;
  FeeAnswer answer;
  answer.currency = checked.child("currency").text();
  checked.each_child("cd", [&](const XmlElement& one) {
    NameFees name;
    name.name = one.child("objID").text();
    name.fee_class = one.child("class").text();
    name.is_available = one.attribute("avail").empty() || is_true(one.attribute("avail"));
    name.reason = one.child("reason").text();
    one.each_child("command", [&](const XmlElement& command) { name.offers.push_back(offer_in(command)); });
    answer.names.push_back(std::move(name));
  });
  return answer;
}

std::optional<Charge> read_charge(const Response& response) {
  constexpr std::array<std::string_view, 5> names{"creData", "renData", "trnData", "updData", "delData"};
  for (const std::string_view name : names) {
    const XmlElement data = response.extension(fee_namespace, name);
    if (!data) continue;
    return Charge{.currency = data.child("currency").text(),
                  .fees = amounts_in(data, "fee"),
                  .credits = amounts_in(data, "credit"),
                  .balance = data.child("balance").text(),
                  .credit_limit = data.child("creditLimit").text()};
  }
  return std::nullopt;
}

std::vector<NameClaims> read_claims(const Response& response) {
  std::vector<NameClaims> all;
  response.extension(launch_namespace, "chkData").each_child("cd", [&](const XmlElement& one) {
    NameClaims claims;
    claims.name = one.child("name").text();
    claims.exists = is_true(one.child("name").attribute("exists"));
    one.each_child("claimKey", [&](const XmlElement& key) {
      claims.keys.push_back({key.text(), std::string(key.attribute("validatorID"))});
    });
    all.push_back(std::move(claims));
  });
  return all;
}

DomainExtras read_domain_extras(const Response& response) {
  DomainExtras extras;
  response.extension(org_ext_namespace, "infData").each_child("id", [&](const XmlElement& one) {
    extras.organizations.push_back({std::string(one.attribute("role")), one.text()});
  });
  extras.idn_table = response.extension(idn_namespace, "data").child("table").text();
  return extras;
}

}  // namespace regdata::epp
