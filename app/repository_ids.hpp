// IANA's registry of EPP repository ids, from a file that an operator names: what ROIDs and handles may end in.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "registration/error.hpp"

namespace regdata::app {

/// Upper case.
using RepositoryIds = std::set<std::string, std::less<>>;

/// All of a file. Errc::not_found.
Expected<std::string> read_whole(const std::string& path);

/// Empty where no file is named. Errors: not_found, invalid (no ids in it).
Expected<std::optional<RepositoryIds>> read_repository_ids(const std::string& path);

}  // namespace regdata::app
