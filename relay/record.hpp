// Records of the spool and of the outbox as bytes. Free of I/O; decoding is total.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/spool.hpp"

namespace regdata::relay {

/// Padded to a multiple of record_padding, so that a file's size says little about what is in it.
std::string encode(const Record& record);
inline constexpr std::size_t record_padding = 512;

/// Nothing: not a record of a form that this program knows.
std::optional<Record> decode(std::string_view bytes);

/// A mail that asks the sender to confirm: whom, with which token, in which language.
struct ConfirmationRequest {
  std::string sender;
  std::string token;
  std::string language;
};
std::string encode(const ConfirmationRequest& request);
std::optional<ConfirmationRequest> decode_request(std::string_view bytes);

/// Mail from elsewhere to a relay address, as it came.
struct InboundMail {
  std::string sender;  ///< address for replies; empty: none that can be used
  std::string mail;    ///< the whole message
};
std::string encode(const InboundMail& mail);
std::optional<InboundMail> decode_inbound(std::string_view bytes);

}  // namespace regdata::relay
