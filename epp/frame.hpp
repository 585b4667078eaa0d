// Data units of EPP over TCP: four octets of length, which count themselves too, and then the XML (RFC 5734 §4).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "registration/error.hpp"

namespace regdata::epp {

inline constexpr std::size_t frame_header_size = 4;
/// Of what we take, in octets, header and all; a registry's profile may lower it.
inline constexpr std::size_t longest_frame = 10U << 20U;

/// What goes over the wire. `xml` is shorter than 4 GiB.
std::string frame_of(std::string_view xml);
/// The same, behind what is there.
void append_frame(std::string& octets, std::string_view xml);

/// Takes octets as they come, whole units out. After an error the stream is of no use any more: lengths are lost.
class FrameReader {
 public:
  explicit FrameReader(std::size_t longest = longest_frame) : longest_(longest) {}

  void feed(std::string_view octets) { held_ += octets; }
  /// The XML of the next unit; empty: it is not all there yet. Errc::refused: it is no frame but a plain text, as some
  /// registries turn connections away with; the context has its first line. Errc::damaged: a length that cannot be.
  Expected<std::optional<std::string>> next();
  /// Whether a part of a unit is held: a connection that ends now was cut off.
  [[nodiscard]] bool is_inside() const noexcept { return !held_.empty(); }

 private:
  std::size_t longest_;
  std::string held_;
};

}  // namespace regdata::epp
