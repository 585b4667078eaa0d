// From configuration to what the publisher needs: policies read, texts read, layout bits.
#pragma once

#include "app/config.hpp"
#include "redaction/publisher.hpp"
#include "registration/policy_history.hpp"

namespace regdata::app {

/// Reads the policy files and the disclaimer. Errc::configuration with the file's line and column.
Expected<redaction::Publication> load_publication(const Config& config);

/// The policies, for the history of what was in force.
std::vector<PolicyRecord> records_of(const redaction::Publication& publication);

/// One policy: a file, or a shipped one by name.
Expected<redaction::Policy> load_policy(const std::string& name, const std::filesystem::path& file, const TextMap& settings,
                                        redaction::RuleId first_rule);

/// A whole file, at most `most` bytes. Errc::configuration.
Expected<std::string> read_text_file(const std::filesystem::path& file, std::size_t most);

}  // namespace regdata::app
