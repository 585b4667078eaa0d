// Views and texts that the tests of this room render. People, companies and names are invented.
#pragma once

#include <cstdint>
#include <string>

#include "redaction/public_text.hpp"
#include "redaction/public_view.hpp"

namespace regdata::testing {

/// 2026-06-01T12:34:56.789Z.
UtcTime sample_time();

/// Two registrars ("main", and "second" without a WHOIS server), TLDs example and test, port 43 off below "quiet.test".
redaction::PublicTexts sample_texts(std::uint32_t layout = 0);

/// Everything held and everything personal withheld, as the gTLD policy has it; with a tech contact.
redaction::PublicViewData withheld_view();
/// The same, shown by the holders' choice.
redaction::PublicViewData chosen_view();
/// Only what every registration has.
redaction::PublicViewData sparse_view();
/// An internationalized name with right-to-left and CJK values, quotes and a very long street.
redaction::PublicViewData idn_view();

/// A view of any kind, with hostile texts in every place that takes one.
redaction::PublicViewData random_view(std::uint64_t seed);

}  // namespace regdata::testing
