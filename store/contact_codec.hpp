// The bytes of a contact inside its seal.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "registration/contact.hpp"

namespace regdata::store {

/// First byte of the form; bound into the seal too. A new form gets a new number, and the old one stays readable.
inline constexpr std::uint8_t contact_form = 1;

/// Appends form 1: the number of the form, the kind, then ROID, name, organization, number of street lines, street lines, city,
/// state, postal code, country, phone, phone extension, fax, fax extension, e-mail, each text as length (LEB128, shortest form)
/// and bytes. Handle, region and provenance stand outside of the seal.
void encode_contact(const Contact& contact, std::vector<std::uint8_t>& out);

/// Reads what encode_contact() wrote into the same fields of `contact`. Total; Errc::damaged for anything else, without saying
/// whose it is. Texts of more than 4,096 bytes and bytes behind the end are refused; what is accepted encodes to the same
/// bytes.
Expected<void> decode_contact(std::span<const std::uint8_t> bytes, Contact& contact);

}  // namespace regdata::store
