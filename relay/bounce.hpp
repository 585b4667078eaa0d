// Reading mail that came back (RFC 3464), and telling it from other mail. Total: any bytes in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace regdata::relay {

inline constexpr std::size_t largest_mail = 1U << 20U;

struct MailRead {
  enum class Kind : std::uint8_t {
    message,    ///< written by somebody
    automatic,  ///< an absence notice, a list, our own: never forwarded, never answered (RFC 3834)
    failed,     ///< says that a mail was not delivered and will not be
    delayed,    ///< says that it is still tried, or was delivered
    no_mail,    ///< no header that could be read
  };
  Kind kind = Kind::no_mail;
  std::string status;    ///< of a failure: "5.1.1"; empty: not told
  std::string reply_to;  ///< of a message: the first address of Reply-To or From that check_email takes; may be empty
};

MailRead read_mail(std::string_view bytes);

/// True where a permanent failure is a sign that the contact's address does not work (rules.md §2.6 rule 4): all but what is
/// about the mail itself, its size, form or contents (RFC 3463: 5.3.4, 5.6.x, 5.7.x). A failure without a code is such a sign.
bool tells_of_address(std::string_view status) noexcept;

}  // namespace regdata::relay
