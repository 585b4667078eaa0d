// Mail that the operator's mail server hands over: bounces are booked, mail to a relay address is queued for its holder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registration/registration_store.hpp"
#include "relay/addresses.hpp"
#include "relay/outbox.hpp"

namespace regdata::relay {

struct InboundSettings {
  std::vector<std::string> patterns;  ///< as recipient_of() takes them
  std::string bounce_domain;
  std::uint32_t mails_a_day = 50;  ///< forwarded for one name
  OutboxLimits limits;
};

/// What became of a mail; app/ turns it into an exit code of sysexits.h.
enum class Inbound : std::uint8_t {
  forwarded,  ///< queued, on disk
  booked,     ///< a bounce, noted
  ignored,    ///< an automatic mail, or a bounce that says nothing: taken and forgotten
  no_user,    ///< no such address
  no_mail,    ///< not a mail that can be read, or too long
  busy,       ///< the name had its share for the day, or too much mail waits: try again
};

Expected<Inbound> take_inbound(std::string_view recipient, std::string_view mail, const InboundSettings& settings,
                               RegistrationStore& store, Outbox& outbox, UtcTime now);

}  // namespace regdata::relay
