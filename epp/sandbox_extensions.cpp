#include "epp/sandbox_extensions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

constexpr std::string_view currency = "EUR";
constexpr std::int64_t cents_a_year = 1000;
constexpr std::int64_t cents_of_restore = 4000;
constexpr std::int64_t premium_factor = 10;

bool is_premium(std::string_view name) { return name.starts_with("premium"); }
bool is_claimed(std::string_view name) { return name.starts_with("claimed"); }
bool is_reserved(std::string_view name) { return name.starts_with("reserved"); }

/// "12.5" is 1250; empty: it is no amount.
std::optional<std::int64_t> cents_in(const std::string& text) {
  const auto point = text.find('.');
  std::string digits = text.substr(0, point);
  std::string part = point == std::string::npos ? "" : text.substr(point + 1);
  part.resize(2, '0');
  digits += part;
  std::int64_t cents = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), cents);
  return failure == std::errc{} && end == digits.data() + digits.size() ? std::optional(cents) : std::nullopt;
}

std::string as_amount(std::int64_t cents) { return fmt::format("{}.{:02}", cents / 100, cents % 100); }

std::int64_t years_in(const XmlElement& period) {
  std::int64_t years = 1;
  const std::string text = period.text();
  std::from_chars(text.data(), text.data() + text.size(), years);
  return years;
}

/// Empty: such a command costs nothing.
std::optional<std::int64_t> price(std::string_view command, const std::string& name, std::int64_t years) {
  const std::int64_t factor = is_premium(name) ? premium_factor : 1;
  if (command == "create" || command == "renew") return factor * cents_a_year * years;
  if (command == "transfer") return factor * cents_a_year;
  if (command == "restore") return cents_of_restore;
  return std::nullopt;
}

std::string_view priced(std::string_view verb, const XmlElement& extension) {
  return verb == "update" && extension.child(rgp_namespace, "update") ? std::string_view("restore") : verb;
}

unsigned refused_fee(std::string_view verb, const std::string& name, const XmlElement& object, const XmlElement& extension) {
  const auto cost = price(priced(verb, extension), name, years_in(object.child("period")));
  const XmlElement agreed = extension.child(fee_namespace, verb);
  if (!agreed) return cost && is_premium(name) ? 2003 : 0;
  if (const std::string in = agreed.child("currency").text(); !in.empty() && in != currency) return 2004;
  std::int64_t sum = 0;
  bool good = true;
  agreed.each_child("fee", [&](const XmlElement& fee) {
    const auto cents = cents_in(fee.text());
    good = good && cents;
    sum += cents.value_or(0);
  });
  return !good || sum < cost.value_or(0) ? 2004 : 0;
}

void also(SandboxSaid& said, std::function<void(XmlWriter&)> more) {
  said.extension = [before = std::move(said.extension), more = std::move(more)](XmlWriter& xml) {
    if (before) before(xml);
    more(xml);
  };
}

struct Asked {
  std::string command;
  std::string period;
};

void write_offer(XmlWriter& xml, const std::string& name, const Asked& asked) {
  std::int64_t years = 1;
  std::from_chars(asked.period.data(), asked.period.data() + asked.period.size(), years);
  const auto cost = price(asked.command, name, years);
  xml.open("fee:command", {{"name", asked.command}, {"standard", is_premium(name) ? "0" : "1"}});
  if (!asked.period.empty()) xml.element("fee:period", asked.period, {{"unit", "y"}});
  if (cost) xml.element("fee:fee", as_amount(*cost));
  xml.close();
}

}  // namespace

unsigned refused_by_extension(std::string_view verb, const XmlElement& object, const XmlElement& extension) {
  const std::string name = object.child("name").text();
  if (const XmlElement token = extension.child(token_namespace, "allocationToken"); token && token.text() != sandbox_token)
    return 2201;
  if (verb == "create" && is_reserved(name) && !extension.child(token_namespace, "allocationToken")) return 2304;
  const XmlElement launch = extension.child(launch_namespace, "create");
  if (verb == "create" && is_claimed(name) && !launch.child("notice")) return 2003;
  if (launch && launch.child("phase").text() != "claims") return 2004;
  if (const XmlElement ends = launch.child("notice").child("notAfter"); ends && !ends.time()) return 2005;
  return refused_fee(verb, name, object, extension);
}

void add_charge(std::string_view verb, const XmlElement& object, const XmlElement& extension, SandboxSaid& said) {
  const auto cost = price(priced(verb, extension), object.child("name").text(), years_in(object.child("period")));
  if (said.code >= 2000 || !cost || !extension.child(fee_namespace, verb)) return;
  const std::string_view element = verb == "create"   ? "fee:creData"
                                   : verb == "renew"  ? "fee:renData"
                                   : verb == "update" ? "fee:updData"
                                                      : "fee:trnData";
  also(said, [element, amount = as_amount(*cost)](XmlWriter& xml) {
    xml.open(element, {{"xmlns:fee", fee_namespace}});
    xml.element("fee:currency", currency);
    xml.element("fee:fee", amount);
    xml.close();
  });
}

void add_check_answers(const XmlElement& object, const XmlElement& extension, SandboxSaid& said) {
  std::vector<std::string> names;
  object.each_child("name", [&](const XmlElement& name) { names.push_back(name.text()); });
  const XmlElement claims = extension.child(launch_namespace, "check");
  if (claims && (claims.attribute("type").empty() || claims.attribute("type") == "claims")) {
    said.data = {};
    also(said, [names](XmlWriter& xml) {
      xml.open("launch:chkData", {{"xmlns:launch", launch_namespace}});
      xml.element("launch:phase", "claims");
      for (const std::string& name : names) {
        xml.open("launch:cd");
        xml.element("launch:name", name, {{"exists", is_claimed(name) ? "1" : "0"}});
        if (is_claimed(name))
          xml.element("launch:claimKey", "2013041500/2/6/9/SANDBOX0000000000000000000000001", {{"validatorID", "tmch"}});
        xml.close();
      }
      xml.close();
    });
  }
  const XmlElement fee = extension.child(fee_namespace, "check");
  if (!fee) return;
  std::vector<Asked> asked;
  fee.each_child("command", [&](const XmlElement& one) {
    asked.push_back({std::string(one.attribute("name")), one.child("period").text()});
  });
  also(said, [names, asked](XmlWriter& xml) {
    xml.open("fee:chkData", {{"xmlns:fee", fee_namespace}});
    xml.element("fee:currency", currency);
    for (const std::string& name : names) {
      xml.open("fee:cd", {{"avail", "1"}});
      xml.element("fee:objID", name);
      if (is_premium(name)) xml.element("fee:class", "premium");
      for (const Asked& one : asked) write_offer(xml, name, one);
      xml.close();
    }
    xml.close();
  });
}

}  // namespace regdata::epp
