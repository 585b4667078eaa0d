// Finding things in the texts that the publisher wrote beside the views.
#pragma once

#include <string_view>

#include "redaction/public_text.hpp"

namespace regdata::whois {

/// One of our registrars by the id that views carry; null: not among the texts.
const Registrar* registrar_of(const redaction::PublicTexts& texts, std::string_view id) noexcept;

/// The entry with the longest name that `name` lies below; null where none does.
const Tld* tld_of(const redaction::PublicTexts& texts, std::string_view name) noexcept;

/// What the public may know of a rule; null: not among the texts.
const redaction::RuleText* rule_of(const redaction::PublicTexts& texts, redaction::RuleId id) noexcept;

}  // namespace regdata::whois
