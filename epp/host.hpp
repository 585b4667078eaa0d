// Commands and answers of the host mapping (RFC 5732).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "epp/response.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

struct HostCheck {
  std::vector<std::string> names;
};
struct HostInfo {
  std::string name;
};
struct HostCreate {
  std::string name;
  std::vector<std::string> addresses;  ///< canonical
};
struct HostUpdate {
  struct Part {
    std::vector<std::string> addresses;
    std::vector<std::string> statuses;
    [[nodiscard]] bool empty() const { return addresses.empty() && statuses.empty(); }
  };
  std::string name;
  Part add;
  Part remove;
  std::string new_name;  ///< empty: it stays
};
struct HostDelete {
  std::string name;
};

struct HostData {
  std::string name;
  std::string roid;
  std::vector<std::string> statuses;
  std::vector<std::string> addresses;
  std::string sponsor;
  std::string created_by;
  std::optional<UtcTime> created;
  std::optional<UtcTime> updated;
  std::optional<UtcTime> transferred;
};
Expected<HostData> read_host(const Response& response);

}  // namespace regdata::epp
