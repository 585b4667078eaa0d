// Names that may pass for others: scripts mixed in one label, letters that look like Latin ones (UTS 39).
#pragma once

#include <string>
#include <string_view>

namespace regdata::whois {

/// True: a label mixes scripts beyond UTS 39 §5.2 "highly restrictive" (Latin with Han and kana, with Hangul or with Bopomofo
/// may stand together). `unicode` is the U-label form of a name.
bool mixes_scripts(std::string_view unicode);

/// The name in ASCII letters that this one looks like, where every letter of it that is not ASCII has a double there; else
/// empty. "аррӏе.example" with Cyrillic letters: "apple.example".
std::string lookalike_of(std::string_view unicode);

}  // namespace regdata::whois
