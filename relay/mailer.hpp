// The next mail server, as the post office sees it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace regdata::relay {

/// What the next server made of a mail.
struct Sent {
  enum class Kind : std::uint8_t {
    taken,
    later,          ///< this mail, not now (4xx)
    unwilling,      ///< not from us, or not to there: 5.7.x and the like to RCPT. This mail waits, others are tried
    no_such,        ///< the address does not work: 5xx to RCPT, other than a refusal by policy
    refused,        ///< this mail, never: 5xx to its text
    cannot_deliver  ///< the server does not serve us: connection, TLS, log-in. Nothing is wrong with the mail
  };
  Kind kind = Kind::cannot_deliver;
  std::string status;  ///< "550 5.1.1" or "TLS": codes and our own words, never what the server wrote
};

class Mailer {
 public:
  virtual ~Mailer() = default;
  /// `message` in lines that end in CRLF.
  virtual Sent send(std::string_view from, std::string_view to, std::string_view message) = 0;
};

}  // namespace regdata::relay
