// The text of a page of HTML, as who looks at it reads it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace regdata::escrow {

/// UTF-8 in, UTF-8 out. Tags within a line join what stands around them, those that make blocks are line ends, of comments,
/// scripts and styles nothing is left, characters that are written by name or number are themselves. What is hidden by style is
/// text like any other. Empty: it ends within a comment, a tag or a script, or text is struck out, and nobody can tell what it
/// says. Linear.
std::optional<std::string> html_text(std::string_view html);
/// Whether a text that is said to be none has marks of HTML: a tag that is well known, or a character by name or number.
bool looks_like_html(std::string_view text);

}  // namespace regdata::escrow
