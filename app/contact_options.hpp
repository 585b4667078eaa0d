// From configuration to the letter form's desk.
#pragma once

#include <memory>

#include "app/config.hpp"
#include "whois/contact_desk.hpp"

namespace regdata::app {

/// Reads the worker's public key. Null: no form is offered. Errc::configuration.
Expected<std::shared_ptr<whois::ContactDesk>> contact_desk(const Config::Contact& contact);

}  // namespace regdata::app
