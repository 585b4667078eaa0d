#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <type_traits>

#include "redaction/redact.hpp"
#include "redaction/view_store.hpp"
#include "tests/redaction/made_view.hpp"
#include "tests/redaction/random_registration.hpp"

namespace regdata {
namespace {

using redaction::Field;
using redaction::PublicContact;
using redaction::PublicHost;
using redaction::PublicTexts;
using redaction::PublicView;
using redaction::PublicViewData;
using redaction::Shown;
using redaction::ViewCodec;
using redaction::Withheld;

// Only redaction and the codec make a PublicView: neither data nor a default makes one (house.md §3).
static_assert(!std::is_default_constructible_v<PublicView>);
static_assert(!std::is_constructible_v<PublicView, PublicViewData>);
static_assert(!std::is_constructible_v<PublicView, RegistrationData>);
static_assert(!std::is_convertible_v<RegistrationData, PublicView>);

std::string any_text(testing::Chance& chance) {
  std::string text;
  for (std::size_t length = chance.one_in(20) ? chance.below(400) : chance.below(30); text.size() < length;) {
    text += static_cast<char>(chance.below(256));
  }
  return text;
}

std::vector<std::string> any_lines(testing::Chance& chance) {
  std::vector<std::string> lines(chance.below(5));
  for (auto& line : lines) line = any_text(chance);
  return lines;
}

template <class T, class Make>
Field<T> any_field(testing::Chance& chance, Make&& make) {
  const auto rule = static_cast<redaction::RuleId>(chance.next());
  switch (chance.below(3)) {
    case 0:
      return {};
    case 1:
      return Withheld{rule};
    default:
      return Shown<T>{make(chance), rule, chance.one_in(2)};
  }
}

UtcTime any_time(testing::Chance& chance) {
  const auto value = static_cast<std::int64_t>(chance.next());
  return UtcTime(std::chrono::milliseconds(chance.one_in(8) ? value : value % 4'000'000'000'000));
}

PublicContact any_contact(testing::Chance& chance) {
  PublicContact contact;
  contact.role = testing::Chance(chance.next()).pick(all_roles);
  for (auto* field : {&contact.id, &contact.name, &contact.organization, &contact.city, &contact.state, &contact.postal_code,
                      &contact.country, &contact.phone, &contact.phone_ext, &contact.fax, &contact.fax_ext, &contact.email}) {
    *field = any_field<std::string>(chance, any_text);
  }
  contact.street = any_field<std::vector<std::string>>(chance, any_lines);
  if (chance.one_in(2)) {
    contact.replaced_email = redaction::ReplacedEmail{
        chance.one_in(2) ? redaction::ReplacedEmail::Kind::form_url : redaction::ReplacedEmail::Kind::relay_address,
        any_text(chance), static_cast<redaction::RuleId>(chance.next())};
  }
  return contact;
}

/// Any content that the types can hold, sensible or not.
PublicViewData any_view(std::uint64_t seed) {
  testing::Chance chance(seed);
  PublicViewData view;
  view.name = any_text(chance);
  view.unicode_name = chance.one_in(3) ? any_text(chance) : view.name;
  view.registrar = any_text(chance);
  view.registry_domain_id = any_field<std::string>(chance, any_text);
  view.created = any_time(chance);
  for (auto* time : {&view.updated, &view.registry_expires, &view.registrar_expires, &view.transferred}) {
    if (chance.one_in(2)) *time = any_time(chance);
  }
  view.statuses = StatusSet::from_bits(static_cast<std::uint32_t>(chance.next()));
  view.hosts = any_lines(chance);
  view.dnssec = static_cast<redaction::PublicDnssec>(chance.below(3));
  view.ds.resize(chance.below(3));
  for (auto& ds : view.ds) {
    ds = {static_cast<std::uint16_t>(chance.next()), static_cast<std::uint8_t>(chance.next()),
          static_cast<std::uint8_t>(chance.next()), any_text(chance)};
  }
  if (chance.one_in(3)) view.reseller = redaction::PublicReseller{any_text(chance), any_text(chance)};
  view.contacts.resize(chance.below(4));
  for (auto& contact : view.contacts) contact = any_contact(chance);
  return view;
}

PublicTexts any_texts(std::uint64_t seed) {
  testing::Chance chance(seed);
  PublicTexts texts;
  texts.registrars.resize(chance.below(3));
  for (auto& registrar : texts.registrars) {
    registrar.iana_id = static_cast<std::uint32_t>(chance.next());
    registrar.street = any_lines(chance);
    for (auto* text : {&registrar.id, &registrar.name, &registrar.city, &registrar.state, &registrar.postal_code,
                       &registrar.country, &registrar.phone, &registrar.email, &registrar.url, &registrar.whois_server,
                       &registrar.abuse_email, &registrar.abuse_phone}) {
      *text = any_text(chance);
    }
  }
  texts.tlds.resize(chance.below(4));
  for (auto& tld : texts.tlds) tld = {any_text(chance), any_text(chance), any_text(chance), chance.one_in(2)};
  texts.rules.resize(chance.below(4));
  for (auto& rule : texts.rules) {
    rule = {static_cast<redaction::RuleId>(chance.next()), any_text(chance), any_text(chance), any_text(chance),
            any_text(chance)};
  }
  texts.whois_disclaimer = any_text(chance);
  texts.rdap_base = any_text(chance);
  texts.redacted_text = any_text(chance);
  texts.whois_layout = static_cast<std::uint32_t>(chance.next());
  return texts;
}

TEST(ViewCodec, WritesTheDocumentedBytes) {
  EXPECT_TRUE(rc::check("any view: bytes by the second description, and back", [] {
    const PublicViewData data = any_view(*testing::seeds());
    const std::string bytes = testing::record_of(data);
    const auto view = ViewCodec::decode(bytes);
    RC_ASSERT(view.has_value());
    RC_ASSERT(**view == data);
    RC_ASSERT(ViewCodec::encode(*view) == bytes);
  }));
}

TEST(ViewCodec, KeepsWhatRedactionMade) {
  const Catalog catalog = testing::test_catalog();
  const auto context = testing::test_context(catalog);
  EXPECT_TRUE(rc::check("decode(encode(redact(x))) == redact(x)", [&] {
    const auto seed = *testing::seeds();
    const auto redacted =
        redact_view(testing::random_registration(seed), testing::random_policy(seed ^ 1U), context, testing::test_now());
    const auto back = ViewCodec::decode(ViewCodec::encode(redacted.view));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == redacted.view);
  }));
}

// A withheld element carries its rule and nothing of the value or the basis: one tag byte and the rule's number.
TEST(ViewCodec, WithheldIsARuleNumberAndNothingElse) {
  const Catalog catalog = testing::test_catalog();
  const auto context = testing::test_context(catalog);
  EXPECT_TRUE(rc::check("no planted value of a withheld element is in the record", [&] {
    const auto seed = *testing::seeds();
    const RegistrationData data = testing::random_registration(seed);
    const auto view = redact_view(data, testing::shipped("icann-gtld"), context, testing::test_now()).view;
    const std::string bytes = ViewCodec::encode(view);
    for (const auto& planted : testing::planted_values(data)) {
      bool shown = false;
      for (const auto& contact : view->contacts) {
        for (const auto* field :
             {&contact.id, &contact.name, &contact.organization, &contact.city, &contact.state, &contact.postal_code,
              &contact.phone, &contact.phone_ext, &contact.fax, &contact.fax_ext, &contact.email}) {
          shown = shown || (field->shown() != nullptr && field->shown()->value.find(planted.value) != std::string::npos);
        }
        if (const auto* street = contact.street.shown()) {
          for (const auto& line : street->value) shown = shown || line.find(planted.value) != std::string::npos;
        }
      }
      if (!shown) RC_ASSERT(bytes.find(planted.value) == std::string::npos);
    }
  }));
}

TEST(ViewCodec, RefusesEveryTruncation) {
  EXPECT_TRUE(rc::check("a prefix of a record is no record", [] {
    const std::string bytes = testing::record_of(any_view(*testing::seeds()));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const auto view = ViewCodec::decode(std::string_view(bytes).substr(0, length));
      RC_ASSERT(!view.has_value());
      RC_ASSERT(view.error().code == Errc::damaged);
    }
    RC_ASSERT(!ViewCodec::decode(bytes + '\0').has_value());
  }));
}

TEST(ViewCodec, AcceptsOnlyWhatItWouldWrite) {
  EXPECT_TRUE(rc::check("changed bytes are refused or written back the same", [] {
    testing::Chance chance(*testing::seeds());
    std::string bytes = testing::record_of(any_view(chance.next()));
    for (std::size_t changes = 1 + chance.below(3); changes > 0; --changes) {
      bytes[chance.below(bytes.size())] = static_cast<char>(chance.next());
    }
    if (const auto view = ViewCodec::decode(bytes)) RC_ASSERT(ViewCodec::encode(*view) == bytes);
    if (const auto host = ViewCodec::decode_host(bytes)) RC_ASSERT(ViewCodec::encode(*host) == bytes);
    if (const auto texts = ViewCodec::decode_texts(bytes)) RC_ASSERT(ViewCodec::encode(*texts) == bytes);
  }));
}

TEST(ViewCodec, RefusesOtherFormats) {
  std::string bytes = testing::record_of(any_view(1));
  for (const char version : {'\x00', '\x02', '\x7f', '\xff'}) {
    bytes[0] = version;
    EXPECT_FALSE(ViewCodec::decode(bytes).has_value());
  }
  EXPECT_FALSE(ViewCodec::decode({}).has_value());
}

struct DamagedVector {
  const char* what;
  std::string host_record;
};
class DamagedHost : public ::testing::TestWithParam<DamagedVector> {};
TEST_P(DamagedHost, IsRefused) { EXPECT_FALSE(ViewCodec::decode_host(GetParam().host_record).has_value()) << GetParam().what; }
using namespace std::string_literals;
INSTANTIATE_TEST_SUITE_P(
    ViewCodec, DamagedHost,
    ::testing::Values(DamagedVector{"empty", ""s}, DamagedVector{"length one behind the end", "\x01\x04"s + "abc"},
                      DamagedVector{"length behind the end", "\x01\x05"s + "abc"},
                      DamagedVector{"number not in shortest form", "\x01\x80\x00\x00\x00"s},
                      DamagedVector{"number of eleven bytes", "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s},
                      DamagedVector{"number above 64 bits", "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s},
                      DamagedVector{"a count that asks for memory", "\x01\x00\xff\xff\xff\xff\x0f\x00"s},
                      DamagedVector{"bytes behind the end", "\x01\x00\x00\x00\x00"s}));

TEST(ViewCodec, HostsAndTextsComeBack) {
  const PublicHost plain{"", {}, ""};
  EXPECT_EQ(ViewCodec::encode(plain), "\x01\x00\x00\x00"s);
  EXPECT_TRUE(rc::check("hosts", [] {
    testing::Chance chance(*testing::seeds());
    const PublicHost host{any_text(chance), any_lines(chance), any_text(chance)};
    const auto back = ViewCodec::decode_host(ViewCodec::encode(host));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == host);
  }));
  EXPECT_TRUE(rc::check("texts", [] {
    const PublicTexts texts = any_texts(*testing::seeds());
    const auto back = ViewCodec::decode_texts(ViewCodec::encode(texts));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == texts);
  }));
}

TEST(ViewCodec, WithholdContactsLeavesNoContactValue) {
  EXPECT_TRUE(rc::check("every held contact element is withheld by the rule, the rest stays", [] {
    PublicViewData data = any_view(*testing::seeds());
    const PublicView hidden = ViewCodec::withhold_contacts(testing::made_view(data), 1);
    RC_ASSERT(hidden->contacts.size() == data.contacts.size());
    for (std::size_t i = 0; i < data.contacts.size(); ++i) {
      const PublicContact& contact = hidden->contacts[i];
      for (const auto* field :
           {&contact.id, &contact.name, &contact.organization, &contact.city, &contact.state, &contact.postal_code,
            &contact.country, &contact.phone, &contact.phone_ext, &contact.fax, &contact.fax_ext, &contact.email}) {
        RC_ASSERT(field->shown() == nullptr);
        if (field->is_held()) RC_ASSERT(field->withheld()->rule == 1);
      }
      RC_ASSERT(contact.street.shown() == nullptr);
      RC_ASSERT(contact.replaced_email == data.contacts[i].replaced_email);
    }
    PublicViewData rest = *hidden;
    rest.contacts.clear();
    data.contacts.clear();
    RC_ASSERT(rest == data);
  }));
}

}  // namespace
}  // namespace regdata
