// Does a document by RFC 9022 keep the rules that ICANN's tests of deposits look at? Findings bear their codes (escrow.md
// §2.5).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "escrow/content_file.hpp"
#include "escrow/rde_reader.hpp"

namespace regdata::escrow {

/// One of the rules that are looked at.
struct RdeRule {
  std::string_view code;      ///< of RST: "RDE_DOMAIN_HAS_INVALID_NAME"
  std::string_view sentence;  ///< what holds
};
/// All of them, in the order of RST's cases. Not looked at: what needs a registry's greeting, policy or IDN tables.
std::span<const RdeRule> rde_rules();

struct RdeFinding {
  std::string_view code;
  std::uint64_t line = 0;  ///< of the document; 0: it is about all of it
  std::string object{};    ///< "domain a.example", "contact C-17", where it has a good name; never a person's data
};

/// What is known beside the document.
struct RdeSurroundings {
  UtcTime now{};
  const std::set<std::string, std::less<>>* repository_ids = nullptr;  ///< IANA's, upper case; null: not looked at
};

/// Looks at objects as they pass. What must be unique or there is remembered: some hundred bytes for each name.
class RdeCheck {
 public:
  using Tell = std::function<void(const RdeFinding&)>;
  RdeCheck(const RdeSurroundings& surroundings, Tell tell);
  ~RdeCheck();

  void take(const RdeObject& object, std::uint64_t line, const RdeDeposit& deposit);
  /// The document has ended: counts, URIs and references. Those of a difference may be to what stood in the deposit before.
  void finish(const RdeDeposit& deposit);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct RdeCheckReport {
  std::string type;  ///< "FULL"; empty: it could not be read so far
  std::string id;
  std::uint64_t objects = 0;
};

/// Looks at a file (".ryde", ".tar", ".xml"): its name, seal, signatures, archive and document. That it breaks rules is no
/// error. Errors: unavailable (it cannot be read), usage (sealed, and no key or signer is at hand).
Expected<RdeCheckReport> check_rde_file(const std::filesystem::path& file, const OpeningKeys& keys,
                                        const RdeSurroundings& surroundings, const RdeCheck::Tell& tell);

}  // namespace regdata::escrow
