// How every file of this folder says no: what is wrong with the OpenPGP data. Only files of this folder include it.
#pragma once

#include <string>
#include <utility>

#include "registration/error.hpp"

namespace regdata::escrow::openpgp {

/// `what` names the fault, never the octets at fault.
inline Error refused(std::string what) { return make_error(Errc::invalid, "openpgp: " + std::move(what)); }

}  // namespace regdata::escrow::openpgp
