#include "relay/record.hpp"

#include <cstdint>

namespace regdata::relay {
namespace {

// First byte: form and kind. Texts: four bytes of length, big-endian, then the bytes. Appended fields make a new number.
enum class Form : std::uint8_t { letter = 1, confirmation = 2, request = 3, inbound = 4 };

constexpr char padding_begin = '\x80';  // ISO/IEC 7816-4, as sodium_pad does it

class Packing {
 public:
  explicit Packing(Form form) { byte(static_cast<std::uint8_t>(form)); }
  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void number(std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) byte(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
  }
  void text(std::string_view value) {
    number(value.size());
    out_.append(value);
  }
  void time(UtcTime value) { number(static_cast<std::uint64_t>(value.time_since_epoch().count())); }
  std::string padded() && {
    out_.push_back(padding_begin);
    out_.resize((out_.size() + record_padding - 1) / record_padding * record_padding, '\0');
    return std::move(out_);
  }

 private:
  std::string out_;
};

class Unpacking {
 public:
  explicit Unpacking(std::string_view bytes) : rest_(bytes) {}
  bool byte(std::uint8_t& value) {
    if (rest_.empty()) return false;
    value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return true;
  }
  bool number(std::uint64_t& value) {
    value = 0;
    for (int i = 0; i < 8; ++i) {
      std::uint8_t part = 0;
      if (!byte(part)) return false;
      value = value << 8U | part;
    }
    return true;
  }
  bool text(std::string& value) {
    std::uint64_t size = 0;
    if (!number(size) || size > rest_.size()) return false;
    value.assign(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return true;
  }
  bool time(UtcTime& value) {
    std::uint64_t count = 0;
    if (!number(count)) return false;
    value = UtcTime{std::chrono::milliseconds{static_cast<std::int64_t>(count)}};
    return true;
  }
  bool form(Form wanted) {
    std::uint8_t value = 0;
    return byte(value) && value == static_cast<std::uint8_t>(wanted);
  }
  /// Nothing but padding is left.
  bool ended() const {
    return !rest_.empty() && rest_.front() == padding_begin && rest_.find_first_not_of('\0', 1) == std::string_view::npos;
  }

 private:
  std::string_view rest_;
};

template <class Enum>
bool choice(Unpacking& in, Enum& value) {
  std::uint8_t byte = 0;
  if (!in.byte(byte) || byte > 1) return false;
  value = static_cast<Enum>(byte);
  return true;
}

std::optional<Record> decode_letter(Unpacking in) {
  Letter letter;
  const bool whole = in.form(Form::letter) && in.text(letter.domain) && choice(in, letter.addressee) &&
                     choice(in, letter.proof) && in.text(letter.sender) && in.text(letter.subject) && in.text(letter.text) &&
                     in.text(letter.language) && in.time(letter.written) && in.ended();
  return whole ? std::optional<Record>(std::move(letter)) : std::nullopt;
}

std::optional<Record> decode_confirmation(Unpacking in) {
  Confirmation confirmation;
  const bool whole = in.form(Form::confirmation) && in.text(confirmation.token) && in.time(confirmation.at) && in.ended();
  return whole ? std::optional<Record>(std::move(confirmation)) : std::nullopt;
}

struct Encode {
  std::string operator()(const Letter& letter) const {
    Packing out(Form::letter);
    out.text(letter.domain);
    out.byte(static_cast<std::uint8_t>(letter.addressee));
    out.byte(static_cast<std::uint8_t>(letter.proof));
    out.text(letter.sender);
    out.text(letter.subject);
    out.text(letter.text);
    out.text(letter.language);
    out.time(letter.written);
    return std::move(out).padded();
  }
  std::string operator()(const Confirmation& confirmation) const {
    Packing out(Form::confirmation);
    out.text(confirmation.token);
    out.time(confirmation.at);
    return std::move(out).padded();
  }
};

}  // namespace

std::string encode(const Record& record) { return std::visit(Encode{}, record); }

std::optional<Record> decode(std::string_view bytes) {
  if (auto letter = decode_letter(Unpacking(bytes))) return letter;
  return decode_confirmation(Unpacking(bytes));
}

std::string encode(const ConfirmationRequest& request) {
  Packing out(Form::request);
  out.text(request.sender);
  out.text(request.token);
  out.text(request.language);
  return std::move(out).padded();
}

std::optional<ConfirmationRequest> decode_request(std::string_view bytes) {
  Unpacking in(bytes);
  ConfirmationRequest request;
  const bool whole =
      in.form(Form::request) && in.text(request.sender) && in.text(request.token) && in.text(request.language) && in.ended();
  return whole ? std::optional(std::move(request)) : std::nullopt;
}

std::string encode(const InboundMail& mail) {
  Packing out(Form::inbound);
  out.text(mail.sender);
  out.text(mail.mail);
  return std::move(out).padded();
}

std::optional<InboundMail> decode_inbound(std::string_view bytes) {
  Unpacking in(bytes);
  InboundMail mail;
  const bool whole = in.form(Form::inbound) && in.text(mail.sender) && in.text(mail.mail) && in.ended();
  return whole ? std::optional(std::move(mail)) : std::nullopt;
}

}  // namespace regdata::relay
