#include "tests/redaction/made_view.hpp"

#include <stdexcept>

#include "redaction/view_store.hpp"

namespace regdata::testing {
namespace {

using redaction::Field;

std::string number(std::uint64_t value) {
  std::string out;
  for (; value >= 128; value /= 128) out += static_cast<char>(value % 128 + 128);
  return out + static_cast<char>(value);
}
std::string text(const std::string& value) { return number(value.size()) + value; }
std::string time(UtcTime value) {
  const std::int64_t ms = value.time_since_epoch().count();
  return number(ms < 0 ? static_cast<std::uint64_t>(-(ms + 1)) * 2 + 1 : static_cast<std::uint64_t>(ms) * 2);
}
std::string optional(const std::optional<UtcTime>& value) { return value ? "\x01" + time(*value) : std::string(1, '\0'); }
std::string lines(const std::vector<std::string>& values) {
  std::string out = number(values.size());
  for (const auto& value : values) out += text(value);
  return out;
}
std::string body(const std::string& value) { return text(value); }
std::string body(const std::vector<std::string>& value) { return lines(value); }

template <class T>
std::string field(const Field<T>& value) {
  if (const auto* shown = value.shown()) return (shown->by_choice ? "\x03" : "\x02") + number(shown->rule) + body(shown->value);
  if (const auto* withheld = value.withheld()) return "\x01" + number(withheld->rule);
  return std::string(1, '\0');
}

std::string contact(const redaction::PublicContact& c) {
  std::string out(1, static_cast<char>(c.role));
  out += field(c.id) + field(c.name) + field(c.organization) + field(c.street) + field(c.city) + field(c.state) +
         field(c.postal_code) + field(c.country) + field(c.phone) + field(c.phone_ext) + field(c.fax) + field(c.fax_ext) +
         field(c.email);
  if (!c.replaced_email) return out + '\0';
  return out + '\x01' + static_cast<char>(c.replaced_email->kind) + number(c.replaced_email->rule) +
         text(c.replaced_email->value);
}

}  // namespace

std::string record_of(const redaction::PublicViewData& view) {
  std::string out = "\x01" + text(view.name);
  out += view.unicode_name == view.name ? std::string(1, '\0') : "\x01" + text(view.unicode_name);
  out += text(view.registrar) + field(view.registry_domain_id) + time(view.created) + optional(view.updated) +
         optional(view.registry_expires) + optional(view.registrar_expires) + optional(view.transferred) +
         number(view.statuses.bits()) + lines(view.hosts) + static_cast<char>(view.dnssec) + number(view.ds.size());
  for (const auto& ds : view.ds) out += number(ds.key_tag) + number(ds.algorithm) + number(ds.digest_type) + text(ds.digest);
  out += view.reseller ? "\x01" + text(view.reseller->name) + text(view.reseller->url) : std::string(1, '\0');
  out += number(view.contacts.size());
  for (const auto& one : view.contacts) out += contact(one);
  return out;
}

redaction::PublicView made_view(const redaction::PublicViewData& view) {
  auto made = redaction::ViewCodec::decode(record_of(view));
  if (!made) throw std::logic_error("the record does not decode: " + made.error().context);
  return std::move(*made);
}

redaction::PublicView plain_view(const std::string& name, const std::string& email) {
  redaction::PublicViewData view;
  view.name = name;
  view.unicode_name = name;
  view.registrar = "main";
  view.created = UtcTime(std::chrono::milliseconds(1'700'000'000'000));
  view.hosts = {"ns1.hosting.example", "ns2.hosting.example"};
  redaction::PublicContact registrant;
  registrant.name = redaction::Withheld{7};
  registrant.country = redaction::Shown<std::string>{"ZZ", 3, false};
  if (email.empty()) {
    registrant.email = redaction::Withheld{9};
  } else {
    registrant.email = redaction::Shown<std::string>{email, 8, true};
  }
  view.contacts.push_back(registrant);
  return made_view(view);
}

}  // namespace regdata::testing
