// Views made from bytes: what the record format is, written down a second time, and views that redact() would never make.
#pragma once

#include <string>

#include "redaction/public_view.hpp"

namespace regdata::testing {

/// The record of `view` by format version 1, without the codec's help.
std::string record_of(const redaction::PublicViewData& view);
/// A PublicView of any content, by way of the codec; fails the test where it does not decode.
redaction::PublicView made_view(const redaction::PublicViewData& view);
/// A plain view of a name with one registrant, whose e-mail is shown by choice and reads `email`; withheld where that is empty.
redaction::PublicView plain_view(const std::string& name, const std::string& email = {});

}  // namespace regdata::testing
