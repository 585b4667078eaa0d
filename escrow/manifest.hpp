// What is said of a deposit: which files, what in them, to whom, by whom, and which deposit came before. Signed, and kept
// beside the deposit and in the ledger.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "escrow/contact_list.hpp"
#include "escrow/deposit_writer.hpp"
#include "escrow/ledger.hpp"
#include "escrow/openpgp/public_key.hpp"

namespace regdata::escrow {

struct Manifest {
  std::string agent;
  std::string registrar;
  std::uint32_t iana_id = 0;
  std::string specification;  ///< "2024", "2007"
  DepositKind kind = DepositKind::full;
  std::string date;  ///< "2026-11-27"
  std::uint32_t revision = 0;
  UtcTime watermark{};
  std::uint64_t sequence = 0;  ///< of the change feed that it shows
  std::vector<std::string> columns;
  std::vector<std::string> contact_columns{};  ///< of contacts' own files; empty: there are none
  DepositFacts facts;
  std::string region;                             ///< where the agent keeps it
  std::optional<ListFacts> contacts;              ///< absent in manifests of before there were lists
  std::map<std::string, std::uint64_t> left_out;  ///< names by the rule that left them out
  std::vector<std::string> recipients;            ///< fingerprints of certificates
  std::string signer;                             ///< fingerprint of the key
  std::string before;                             ///< SHA-256 of the manifest before, in hex; empty: the first
  std::string base{};                             ///< of a difference: SHA-256 of the manifest of what it is one to
  std::string program;                            ///< "regdata 0.1.0"

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

struct DepositFile {
  std::string name;
  Digest sha256{};
};
/// What the agent gets, in the order in which it is brought: each part, with its signature where it has one of its own; last
/// what says that all is there.
std::vector<DepositFile> files_for_agent(const Manifest& manifest);
/// Of each content, as a restore tells it: one that is cut into several files counts once.
std::vector<Digest> content_digests(const Manifest& manifest);

/// JSON, indented, with a line end: the same text for the same manifest.
std::string to_text(const Manifest& manifest);
/// Errc::damaged: no manifest of ours.
Expected<Manifest> read_manifest(std::string_view text);

/// SHA-256 of the text, in hex: what the next one names.
std::string hash_of(std::string_view manifest_text);

/// In octets; one of a thousand parts has half of that.
inline constexpr std::size_t longest_manifest = 1U << 20U;
inline constexpr std::string_view manifest_name = "manifest.json";
inline constexpr std::string_view manifest_signature_name = "manifest.json.sig";
/// Empty: there from the moment on when the deposit began to leave.
inline constexpr std::string_view left_mark_name = "left";

/// Compares a deposit's directory with a manifest: every file is there, with its size and SHA-256, and none besides; the
/// signature of the manifest's own file holds. Errc::damaged says which does not.
Expected<void> compare_with_manifest(const std::filesystem::path& directory, std::string_view manifest_text,
                                     const openpgp::PublicKey& signer);

/// Whether the manifest that this one names as the one before is in the ledger. Errc::damaged: it is not.
Expected<void> check_chain(Ledger& ledger, const Manifest& manifest);

}  // namespace regdata::escrow
