// The letter form's limits: letters and confirmations have budgets of their own, a text is counted in characters.
#include "whois/contact_desk.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <chrono>

#include "whois/contact_form.hpp"

namespace regdata::whois {
namespace {

ClientAddress client_of(std::uint8_t last) {
  const std::array<std::uint8_t, 4> four{192, 0, 2, last};
  return ClientAddress::v4(four.data());
}

TEST(ContactDesk, WhoHasWrittenAllTheirLettersCanStillConfirmThem) {
  ContactDesk desk(std::make_unique<relay::Spool>("/nonexistent", relay::PublicKey({}), relay::SpoolLimits{}),
                   {.bits = 4, .letters_an_hour = 6, .letters_at_once = 2, .letters_to_a_name = 100},
                   [](void* to, std::size_t size) { randombytes_buf(to, size); });
  const auto now = ContactDesk::Instant(std::chrono::hours(100));
  const auto client = client_of(1);
  EXPECT_EQ(desk.admit(client, "a.test", now), 0U);
  EXPECT_EQ(desk.admit(client, "b.test", now), 0U);
  const std::uint32_t wait = desk.admit(client, "c.test", now);
  EXPECT_GT(wait, 0U);
  EXPECT_LE(wait, 3600U);
  EXPECT_EQ(desk.admit_confirmation(client, now), 0U);
  EXPECT_EQ(desk.admit_confirmation(client, now), 0U);
  EXPECT_GT(desk.admit_confirmation(client, now), 0U);
  EXPECT_EQ(desk.admit(client_of(2), "c.test", now), 0U);
}

FormFault fault_of(const std::string& subject, const std::string& text) {
  ContactForm form;
  form.name = "bluehen.example";
  form.role = "registrant";
  form.sender = "sender@writer.example";
  form.subject = subject;
  form.text = text;
  return make_letter(form, "en", UtcTime{}).fault;
}

std::string times(std::size_t count, std::string_view character) {
  std::string text;
  for (std::size_t each = 0; each < count; ++each) text += character;
  return text;
}

TEST(ContactForm, LimitsAreInCharactersOfAnyScript) {
  for (const std::string_view character : {"a", "é", "陈", "🐔"}) {
    EXPECT_EQ(fault_of("subject", times(3000, character)), FormFault::none) << character;
    EXPECT_EQ(fault_of("subject", times(3001, character)), FormFault::text) << character;
    EXPECT_EQ(fault_of(times(150, character), "text"), FormFault::none) << character;
    EXPECT_EQ(fault_of(times(151, character), "text"), FormFault::subject) << character;
  }
  EXPECT_EQ(fault_of("subject", times(1500, "a\r\n")), FormFault::none);
}

}  // namespace
}  // namespace regdata::whois
