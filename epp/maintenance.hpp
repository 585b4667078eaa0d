// When a registry will be away (RFC 9167).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "epp/response.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

struct Maintenance {
  struct System {
    std::string name;
    std::string host;    ///< empty: not told
    std::string impact;  ///< "none", "partial", "full"
  };
  std::string id;
  std::string poll_type{};    ///< of a message: "create", "update", "delete", "courtesy", "end"
  std::string environment{};  ///< "production", "ote" …
  std::string reason{};       ///< "planned", "emergency"
  UtcTime starts{};
  UtcTime ends{};
  std::vector<System> systems{};
  std::vector<std::string> tlds{};
  /// Whether EPP of production is away while it lasts, by the names of systems that registries use.
  [[nodiscard]] bool concerns_us() const noexcept;
  /// It will not be, or is over.
  [[nodiscard]] bool is_off() const noexcept { return poll_type == "delete" || poll_type == "end"; }
};

/// Of an answer or a message: one, or a list of which each has its id and times alone. What has no times that can be is left
/// out.
std::vector<Maintenance> read_maintenance(const Response& response);
/// Of its element infData.
std::vector<Maintenance> maintenance_in(const XmlElement& data);

/// All of them, or the one with the id.
struct MaintenanceInfo {
  std::string id;  ///< empty: all
};

}  // namespace regdata::epp
