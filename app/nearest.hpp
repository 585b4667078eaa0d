// "Did you mean …": the nearest name to a mistyped one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace regdata::app {

/// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours, ASCII case ignored); empty when
/// none is nearer than a third of the longer length, at least one edit. Ties: the first.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace regdata::app
