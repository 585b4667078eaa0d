// The whole cast of fixtures/cast.jsonl as the public sees it, under the demo's own configuration.
#pragma once

#include <vector>

#include "redaction/public_text.hpp"
#include "redaction/public_view.hpp"

namespace regdata::testing {

struct CastViews {
  std::vector<redaction::PublicView> views;  ///< sponsored names, in the order of the file
  redaction::PublicTexts texts;
};

/// Read by the real importer, redacted by the shipped policies on 2026-11-23. Throws where any of it cannot be read.
const CastViews& cast_views();

}  // namespace regdata::testing
