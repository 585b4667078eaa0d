#include "store/contact_codec.hpp"

#include <array>
#include <string_view>

namespace regdata::store {
namespace {

constexpr std::size_t text_limit = 4096;

void put_text(std::string_view text, std::vector<std::uint8_t>& out) {
  std::size_t length = text.size();
  while (length >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(length | 0x80));
    length >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(length));
  out.insert(out.end(), text.begin(), text.end());
}

/// Takes bytes off the front; once it has failed it stays failed and gives nothing.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::uint8_t byte() {
    if (bytes_.empty()) return fail();
    const std::uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  std::string text() {
    std::size_t length = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t part = byte();
      if (failed_ || shift > 14 || (part == 0 && shift > 0)) {
        fail();
        return {};
      }
      length |= static_cast<std::size_t>(part & 0x7f) << shift;
      if ((part & 0x80) == 0) break;
    }
    if (length > text_limit || length > bytes_.size()) {
      fail();
      return {};
    }
    std::string value(reinterpret_cast<const char*>(bytes_.data()), length);
    bytes_ = bytes_.subspan(length);
    return value;
  }
  PersonalText personal() { return PersonalText(text()); }
  [[nodiscard]] bool done() const noexcept { return !failed_ && bytes_.empty(); }
  std::uint8_t fail() noexcept {
    failed_ = true;
    return 0;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  bool failed_ = false;
};

}  // namespace

void encode_contact(const Contact& contact, std::vector<std::uint8_t>& out) {
  out.push_back(contact_form);
  out.push_back(static_cast<std::uint8_t>(contact.kind));
  put_text(contact.roid, out);
  put_text(contact.name.reveal(), out);
  put_text(contact.organization.reveal(), out);
  out.push_back(static_cast<std::uint8_t>(contact.street.size()));
  for (const PersonalText& line : contact.street) put_text(line.reveal(), out);
  put_text(contact.city.reveal(), out);
  put_text(contact.state.reveal(), out);
  put_text(contact.postal_code.reveal(), out);
  put_text(contact.country, out);
  put_text(contact.phone.reveal(), out);
  put_text(contact.phone_ext.reveal(), out);
  put_text(contact.fax.reveal(), out);
  put_text(contact.fax_ext.reveal(), out);
  put_text(contact.email.reveal(), out);
}

Expected<void> decode_contact(std::span<const std::uint8_t> bytes, Contact& contact) {
  Reader reader(bytes);
  if (reader.byte() != contact_form) return make_error(Errc::damaged, "sealed data are of an unknown form");
  const std::uint8_t kind = reader.byte();
  if (kind > static_cast<std::uint8_t>(ContactKind::legal_person)) reader.fail();
  contact.kind = static_cast<ContactKind>(kind);
  contact.roid = reader.text();
  contact.name = reader.personal();
  contact.organization = reader.personal();
  const std::uint8_t lines = reader.byte();
  if (lines > most_street_lines) return make_error(Errc::damaged, "sealed data do not decode");
  contact.street.clear();
  contact.street.reserve(lines);
  for (std::uint8_t i = 0; i < lines; ++i) contact.street.push_back(reader.personal());
  contact.city = reader.personal();
  contact.state = reader.personal();
  contact.postal_code = reader.personal();
  contact.country = reader.text();
  contact.phone = reader.personal();
  contact.phone_ext = reader.personal();
  contact.fax = reader.personal();
  contact.fax_ext = reader.personal();
  contact.email = reader.personal();
  if (!reader.done()) return make_error(Errc::damaged, "sealed data do not decode");
  return {};
}

}  // namespace regdata::store
