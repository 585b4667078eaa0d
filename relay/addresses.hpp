// Addresses at our own domain: relay addresses of names, and envelope senders that say which mail came back (VERP).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/spool.hpp"

namespace regdata::relay {

/// 16 of [a-z2-7] from 80 random bits, like the relay tokens of names.
std::string new_token();
bool is_token(std::string_view text) noexcept;

/// Where mail that is relayed comes from and comes back to.
struct Postmark {
  std::string from;           ///< "relay@registrar.example": the From of every mail that we make
  std::string bounce_domain;  ///< empty: bounces go to `from`, and nobody counts them
};
/// "bounces-TOKEN@DOMAIN", or `from`.
std::string envelope_sender(const Postmark& postmark, std::string_view token);

/// The same for ways to write one mailbox: lower case, without "+tag" and dots. Only for counting.
std::string mailbox_of(std::string_view address);

/// What a recipient of inbound mail means.
struct Recipient {
  enum class Kind : std::uint8_t { bounce, relay };
  Kind kind = Kind::relay;
  std::string token;
  Addressee addressee = Addressee::registrant;
};

/// `patterns`: addresses with {token} ("{token}@relay.example"), one for each place where the public is shown relay addresses.
/// Nothing: not an address of ours. Case does not matter.
std::optional<Recipient> recipient_of(std::string_view address, const std::vector<std::string>& patterns,
                                      std::string_view bounce_domain);

}  // namespace regdata::relay
