// A deposit by RFC 9022, XML model, as it comes back: read object by object, whoever wrote it.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "escrow/rde_objects.hpp"
#include "escrow/stream.hpp"
#include "registration/registration_store.hpp"

struct _xmlNode;  // NOLINT(bugprone-reserved-identifier): libxml2 calls xmlNode so

namespace regdata::escrow {

/// One object of the contents, or one element of the deletes.
class RdeObject {
 public:
  enum class Kind : std::uint8_t { header, registrar, domain, host, contact, deletes, other };
  RdeObject(Kind kind, _xmlNode* node) : kind_(kind), node_(node) {}
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] _xmlNode* node() const noexcept { return node_; }

 private:
  Kind kind_;
  _xmlNode* node_;
};

/// What stands before the contents.
struct RdeDeposit {
  std::string type;  ///< "FULL"
  std::string id;
  std::string before;  ///< id of the deposit before; may be empty
  UtcTime watermark{};
  std::set<std::string> menu;  ///< URIs of objects
};

/// Walks through a document; holds one object at a time. Refuses a document type declaration, goes nowhere else, and its errors
/// repeat nothing of the content. Total: any bytes in.
class RdeReader {
 public:
  /// `from` must outlive it.
  explicit RdeReader(ByteSource& from);
  ~RdeReader();
  RdeReader(const RdeReader&) = delete;
  RdeReader& operator=(const RdeReader&) = delete;

  /// The next object, good until the next call; empty: the document has ended, whole and well-formed. Errc::damaged: not XML;
  /// invalid: another document (RDE_XML_PARSE_ERROR, RDE_SCHEMA_VALIDATION_ERROR; codes by ICANN's RST).
  Expected<std::optional<RdeObject>> next();
  /// Complete once an object or the end was given.
  [[nodiscard]] const RdeDeposit& deposit() const noexcept { return deposit_; }
  [[nodiscard]] std::uint64_t line() const noexcept;  ///< of the document, from 1

 private:
  struct Impl;
  Expected<void> take_part();
  Expected<void> take_start();
  std::unique_ptr<Impl> impl_;
  RdeDeposit deposit_;
};

/// The header's counts, by URI; those of single TLDs or registrars are left out.
Expected<std::map<std::string, std::uint64_t>> rde_header_counts(const RdeObject& header);

/// A registrar object.
struct RdeRegistrar {
  std::string id;
  std::string gurid;  ///< IANA id in decimal; may be empty
};
Expected<RdeRegistrar> rde_registrar(const RdeObject& object);

/// What an object is known by in deposits that follow each other, and everything that a delete names: "domain example.test",
/// "host ns1.example.test", "roid H1-REGDATA", "contact C-17", "registrar 9999".
std::vector<std::string> rde_keys(const RdeObject& object);

/// What holds for all objects. What is pointed to must outlive its use.
struct RdeOrigin {
  const Catalog* catalog = nullptr;
  Provenance provenance;
  std::map<std::string, std::string> registrars;  ///< our registrars' ids by the ids in the document
};

/// Each Errc::invalid: an element that is missing or breaks a rule of registrations, or would not come back as it stands there.
/// The context names the object and the element, never a value.
Expected<RegistrationPut> rde_domain(const RdeObject& object, const RdeOrigin& origin);
Expected<Contact> rde_contact(const RdeObject& object, const RdeOrigin& origin);
Expected<Host> rde_host(const RdeObject& object, const RdeOrigin& origin);

}  // namespace regdata::escrow
