// The records of the view store. One walk over the fields serves both directions, so that reading and writing cannot drift
// apart.
#include <algorithm>
#include <concepts>
#include <cstring>
#include <type_traits>

#include "redaction/view_bytes.hpp"
#include "redaction/view_store.hpp"

namespace regdata::redaction {
namespace {

/// First byte of every record. A new format gets a new number, and a store of another format is rebuilt.
constexpr std::uint8_t format_version = 1;
/// The texts have a number of their own: they are written again without touching a view.
constexpr std::uint8_t texts_version = 2;

enum class Tag : std::uint8_t { not_held, withheld, shown, shown_by_choice };

/// How many bytes a record takes at most: so that Encoder need not ask for room field by field.
class Measurer {
 public:
  void text(const std::string& value) { most_ += longest_number + value.size(); }
  void text_like(const std::string& value, const std::string& /*other*/) {
    ++most_;
    text(value);
  }
  template <std::unsigned_integral T>
  void number(const T& /*value*/) {
    most_ += longest_number;
  }
  void flag(const bool& /*value*/) { ++most_; }
  void time(const UtcTime& /*value*/) { most_ += longest_number; }
  template <class T>
  void choice(const T& /*value*/, T /*last*/) {
    ++most_;
  }
  void statuses(const StatusSet& /*value*/) { most_ += longest_number; }
  template <class T, class Walk>
  void optional(const std::optional<T>& value, Walk&& walk) {
    ++most_;
    if (value) walk(*value);
  }
  template <class T, class Walk>
  void list(const std::vector<T>& values, Walk&& walk) {
    most_ += longest_number;
    for (const T& value : values) walk(value);
  }
  template <class T, class Walk>
  void field(const Field<T>& field, Walk&& walk) {
    most_ += 1 + longest_number;
    if (const Shown<T>* shown = field.shown()) walk(shown->value);
  }
  [[nodiscard]] std::size_t most() const { return most_; }

 private:
  std::size_t most_ = 1;  // the format version
};

/// Writes where Measurer's number of bytes is free.
class Encoder {
 public:
  Encoder(char* at, std::uint8_t version) : at_(at) { byte(version); }

  void text(const std::string& value) {
    at_ = write_number(at_, value.size());
    std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
  }
  /// Nothing but a zero where both are the same: most names are not internationalized.
  void text_like(const std::string& value, const std::string& other) {
    const bool same = value == other;
    byte(same ? 0 : 1);
    if (!same) text(value);
  }
  template <std::unsigned_integral T>
  void number(const T& value) {
    at_ = write_number(at_, value);
  }
  void flag(const bool& value) { byte(value ? 1 : 0); }
  void time(const UtcTime& value) { at_ = write_number(at_, zigzag(value.time_since_epoch().count())); }
  template <class T>
  void choice(const T& value, T /*last*/) {
    byte(static_cast<std::uint8_t>(value));
  }
  void statuses(const StatusSet& value) { at_ = write_number(at_, value.bits()); }
  template <class T, class Walk>
  void optional(const std::optional<T>& value, Walk&& walk) {
    flag(value.has_value());
    if (value) walk(*value);
  }
  template <class T, class Walk>
  void list(const std::vector<T>& values, Walk&& walk) {
    at_ = write_number(at_, values.size());
    for (const T& value : values) walk(value);
  }
  template <class T, class Walk>
  void field(const Field<T>& field, Walk&& walk) {
    if (const Shown<T>* shown = field.shown()) {
      byte(static_cast<std::uint8_t>(shown->by_choice ? Tag::shown_by_choice : Tag::shown));
      at_ = write_number(at_, shown->rule);
      walk(shown->value);
    } else if (const Withheld* withheld = field.withheld()) {
      byte(static_cast<std::uint8_t>(Tag::withheld));
      at_ = write_number(at_, withheld->rule);
    } else {
      byte(static_cast<std::uint8_t>(Tag::not_held));
    }
  }
  [[nodiscard]] const char* at() const { return at_; }

 private:
  void byte(std::uint8_t value) { *at_++ = static_cast<char>(value); }

  char* at_;
};

/// Appends what `walk` walks over.
template <class Walk>
void append_record(std::string& bytes, Walk&& walk, std::uint8_t version = format_version) {
  Measurer measurer;
  walk(measurer);
  const std::size_t before = bytes.size();
  bytes.resize(before + measurer.most());
  Encoder encoder(bytes.data() + before, version);
  walk(encoder);
  bytes.resize(static_cast<std::size_t>(encoder.at() - bytes.data()));
}

class Decoder {
 public:
  explicit Decoder(std::string_view bytes, std::uint8_t version = format_version) : in_(bytes) {
    if (in_.byte() != version) in_.fail();
  }

  void text(std::string& value) { value = in_.text(); }
  void text_like(std::string& value, const std::string& other) {
    if (!read_flag()) {
      value = other;
      return;
    }
    text(value);
    if (value == other) in_.fail();  // encode() writes that in one byte
  }
  template <std::unsigned_integral T>
  void number(T& value) {
    value = static_cast<T>(in_.number_up_to(std::numeric_limits<T>::max()));
  }
  void flag(bool& value) { value = read_flag(); }
  void time(UtcTime& value) { value = UtcTime(std::chrono::milliseconds(in_.signed_number())); }
  template <class T>
  void choice(T& value, T last) {
    const std::uint8_t byte = in_.byte();
    value = static_cast<T>(byte <= static_cast<std::uint8_t>(last) ? byte : in_.fail());
  }
  void statuses(StatusSet& value) {
    value = StatusSet::from_bits(static_cast<std::uint32_t>(in_.number_up_to((1U << status_count) - 1U)));
  }
  template <class T, class Walk>
  void optional(std::optional<T>& value, Walk&& walk) {
    if (read_flag()) walk(value.emplace());
  }
  template <class T, class Walk>
  void list(std::vector<T>& values, Walk&& walk) {
    const std::size_t count = in_.count();
    values.reserve(std::min<std::size_t>(count, 16));
    for (std::size_t i = 0; i < count && in_.sound(); ++i) walk(values.emplace_back());
  }
  template <class T, class Walk>
  void field(Field<T>& field, Walk&& walk) {
    const std::uint8_t tag = in_.byte();
    if (tag == static_cast<std::uint8_t>(Tag::not_held)) return;
    if (tag > static_cast<std::uint8_t>(Tag::shown_by_choice)) {
      in_.fail();
      return;
    }
    RuleId rule = 0;
    number(rule);
    if (tag == static_cast<std::uint8_t>(Tag::withheld)) {
      field = Withheld{rule};
      return;
    }
    Shown<T> shown{{}, rule, tag == static_cast<std::uint8_t>(Tag::shown_by_choice)};
    walk(shown.value);
    field = std::move(shown);
  }
  [[nodiscard]] bool finished() const { return in_.finished(); }

 private:
  bool read_flag() {
    const std::uint8_t byte = in_.byte();
    if (byte > 1) in_.fail();
    return byte == 1;
  }
  ByteReader in_;
};

template <class Archive, class Contact>
void walk_contact(Archive& archive, Contact& contact) {
  const auto text = [&](auto& value) { archive.text(value); };
  archive.choice(contact.role, Role::billing);
  archive.field(contact.id, text);
  archive.field(contact.name, text);
  archive.field(contact.organization, text);
  archive.field(contact.street, [&](auto& lines) { archive.list(lines, text); });
  archive.field(contact.city, text);
  archive.field(contact.state, text);
  archive.field(contact.postal_code, text);
  archive.field(contact.country, text);
  archive.field(contact.phone, text);
  archive.field(contact.phone_ext, text);
  archive.field(contact.fax, text);
  archive.field(contact.fax_ext, text);
  archive.field(contact.email, text);
  archive.optional(contact.replaced_email, [&](auto& replaced) {
    archive.choice(replaced.kind, ReplacedEmail::Kind::relay_address);
    archive.number(replaced.rule);
    archive.text(replaced.value);
  });
}

template <class Archive, class View>
void walk_view(Archive& archive, View& view) {
  const auto text = [&](auto& value) { archive.text(value); };
  const auto time = [&](auto& value) { archive.time(value); };
  archive.text(view.name);
  archive.text_like(view.unicode_name, view.name);
  archive.text(view.registrar);
  archive.field(view.registry_domain_id, text);
  archive.time(view.created);
  archive.optional(view.updated, time);
  archive.optional(view.registry_expires, time);
  archive.optional(view.registrar_expires, time);
  archive.optional(view.transferred, time);
  archive.statuses(view.statuses);
  archive.list(view.hosts, text);
  archive.choice(view.dnssec, PublicDnssec::signed_delegation);
  archive.list(view.ds, [&](auto& ds) {
    archive.number(ds.key_tag);
    archive.number(ds.algorithm);
    archive.number(ds.digest_type);
    archive.text(ds.digest);
  });
  archive.optional(view.reseller, [&](auto& reseller) {
    archive.text(reseller.name);
    archive.text(reseller.url);
  });
  archive.list(view.contacts, [&](auto& contact) { walk_contact(archive, contact); });
}

template <class Archive, class Host>
void walk_host(Archive& archive, Host& host) {
  archive.text(host.name);
  archive.list(host.addresses, [&](auto& address) { archive.text(address); });
  archive.text(host.registrar);
}

template <class Archive, class AnyRegistrar>
void walk_registrar(Archive& archive, AnyRegistrar& registrar) {
  archive.text(registrar.id);
  archive.number(registrar.iana_id);
  archive.text(registrar.name);
  archive.list(registrar.street, [&](auto& line) { archive.text(line); });
  archive.text(registrar.city);
  archive.text(registrar.state);
  archive.text(registrar.postal_code);
  archive.text(registrar.country);
  archive.text(registrar.phone);
  archive.text(registrar.email);
  archive.text(registrar.url);
  archive.text(registrar.whois_server);
  archive.text(registrar.abuse_email);
  archive.text(registrar.abuse_phone);
}

template <class Archive, class Texts>
void walk_texts(Archive& archive, Texts& texts) {
  archive.list(texts.registrars, [&](auto& registrar) { walk_registrar(archive, registrar); });
  archive.list(texts.tlds, [&](auto& tld) {
    archive.text(tld.name);
    archive.text(tld.registry);
    archive.text(tld.policy);
    archive.flag(tld.whois);
  });
  archive.list(texts.rules, [&](auto& rule) {
    archive.number(rule.id);
    archive.text(rule.policy);
    archive.text(rule.rule);
    archive.text(rule.section);
    archive.text(rule.text);
  });
  archive.text(texts.whois_disclaimer);
  archive.text(texts.rdap_base);
  archive.text(texts.terms_url);
  archive.text(texts.disclosure_url);
  archive.text(texts.redacted_text);
  archive.number(texts.whois_layout);
}

Error damaged(const char* what) { return make_error(Errc::damaged, std::string("view store: ") + what + " does not decode"); }

}  // namespace

std::string ViewCodec::encode(const PublicView& view) {
  std::string bytes;
  append(bytes, view);
  return bytes;
}

void ViewCodec::append(std::string& bytes, const PublicView& view) {
  append_record(bytes, [&](auto& archive) { walk_view(archive, *view); });
}

Expected<PublicView> ViewCodec::decode(std::string_view bytes) {
  Decoder decoder(bytes);
  PublicViewData data;
  walk_view(decoder, data);
  if (!decoder.finished()) return damaged("a view");
  return PublicView(std::move(data));
}

PublicView ViewCodec::withhold_contacts(const PublicView& view, RuleId rule) {
  PublicViewData data = *view;
  const auto withhold = [rule](auto& field) {
    if (field.is_held()) field = Withheld{rule};
  };
  for (PublicContact& contact : data.contacts) {
    withhold(contact.id);
    withhold(contact.name);
    withhold(contact.organization);
    withhold(contact.street);
    withhold(contact.city);
    withhold(contact.state);
    withhold(contact.postal_code);
    withhold(contact.country);
    withhold(contact.phone);
    withhold(contact.phone_ext);
    withhold(contact.fax);
    withhold(contact.fax_ext);
    withhold(contact.email);
  }
  return PublicView(std::move(data));
}

std::string ViewCodec::encode(const PublicHost& host) {
  std::string bytes;
  append(bytes, host);
  return bytes;
}

void ViewCodec::append(std::string& bytes, const PublicHost& host) {
  append_record(bytes, [&](auto& archive) { walk_host(archive, host); });
}

Expected<PublicHost> ViewCodec::decode_host(std::string_view bytes) {
  Decoder decoder(bytes);
  PublicHost host;
  walk_host(decoder, host);
  if (!decoder.finished()) return damaged("a host");
  return host;
}

std::string ViewCodec::encode(const PublicTexts& texts) {
  std::string bytes;
  append_record(
      bytes, [&](auto& archive) { walk_texts(archive, texts); }, texts_version);
  return bytes;
}

Expected<PublicTexts> ViewCodec::decode_texts(std::string_view bytes) {
  Decoder decoder(bytes, texts_version);
  PublicTexts texts;
  walk_texts(decoder, texts);
  if (!decoder.finished()) return damaged("the texts record");
  return texts;
}

}  // namespace regdata::redaction
