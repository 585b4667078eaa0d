// From a column's text to the element of a contact that it was made of.
#pragma once

#include <string>
#include <string_view>

#include "escrow/columns.hpp"

namespace regdata::escrow {

/// Errc::invalid: "COLUMN: why". Repeats no value.
Error bad_value(const Column& column, std::string_view why, std::string hint = {});

/// Sets what the column holds of a contact. Errc::invalid: the text breaks a rule of contacts.
/// `rules`: those that the text was written by.
Expected<void> set_element(const Column& column, const std::string& text, Contact& contact,
                           const RowRules& rules = rules_of_comparison);

}  // namespace regdata::escrow
