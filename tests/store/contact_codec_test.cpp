// The bytes inside a seal.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "store/contact_codec.hpp"
#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

TEST(ContactCodec, GivesBackEveryContact) {
  EXPECT_TRUE(rc::check("decode after encode is the same contact", [] {
    Contact contact;
    const auto text = [] { return *rc::gen::container<std::string>(rc::gen::arbitrary<char>()); };
    contact.roid = text();
    contact.kind = *rc::gen::element(ContactKind::unknown, ContactKind::natural_person, ContactKind::legal_person);
    for (PersonalText* field : {&contact.name, &contact.organization, &contact.city, &contact.state, &contact.postal_code,
                                &contact.phone, &contact.phone_ext, &contact.fax, &contact.fax_ext, &contact.email}) {
      *field = PersonalText(text());
    }
    contact.country = text();
    for (int line = *rc::gen::inRange(0, 4); line > 0; --line) contact.street.emplace_back(text());
    std::vector<std::uint8_t> bytes;
    encode_contact(contact, bytes);
    Contact decoded;
    RC_ASSERT(decode_contact(bytes, decoded).has_value());
    RC_ASSERT(decoded == contact);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      RC_ASSERT(!decode_contact(std::span(bytes).first(size), decoded).has_value());
    bytes.push_back(0);
    RC_ASSERT(!decode_contact(bytes, decoded).has_value());
  }));
}

}  // namespace
}  // namespace regdata::store
