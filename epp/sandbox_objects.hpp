// What the sandbox registry does with domains, hosts and contacts (RFC 5731–5733).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "epp/sandbox_disclosure.hpp"
#include "epp/sandbox_store.hpp"
#include "epp/xml.hpp"
#include "epp/xml_writer.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

/// A result code, and what stands in resData and extension.
struct SandboxSaid {
  unsigned code = 1000;
  std::function<void(XmlWriter&)> data{};
  std::function<void(XmlWriter&)> extension{};
  std::string reason{};
  std::optional<SandboxStore::Message> message{};
  bool closes = false;
};

/// Who deletes a name younger than this has never had it (RFC 3915 §3.1).
inline constexpr std::chrono::days add_grace{5};

/// Of an element of one of the three mappings.
SandboxKind kind_of(const XmlElement& object);
/// "name", of a contact "id".
std::string_view id_element(SandboxKind kind);
/// Whether it can be one: names in lower case, as A-labels.
bool is_id(SandboxKind kind, const std::string& id);
/// Of its own, not derived.
bool has_status(const SandboxObject& object, std::string_view status);
/// The same day `years` later; of 29 February the day before.
UtcTime years_after(UtcTime time, int years);

/// Each call stands in a transaction of the caller's, which is taken back where the code says no.
class SandboxObjects {
 public:
  struct Rules {
    bool holds_contacts = true;
    SandboxDisclosure disclosure{};
  };
  SandboxObjects(SandboxStore& store, Rules rules, Clock clock) : store_(store), rules_(rules), clock_(std::move(clock)) {}

  SandboxSaid check(const XmlElement& object);
  SandboxSaid info(const std::string& account, const XmlElement& object);
  SandboxSaid create(const std::string& account, const XmlElement& object, const XmlElement& extension);
  SandboxSaid update(const std::string& account, const XmlElement& object, const XmlElement& extension);
  SandboxSaid renew(const std::string& account, const XmlElement& object);
  SandboxSaid remove(const std::string& account, const XmlElement& object);
  SandboxSaid transfer(const std::string& account, std::string_view operation, const XmlElement& object);
  /// What time does by itself: names expire and are renewed, deleted names go on their way (RFC 3915 §3.1). Messages tell it.
  void tick();

 private:
  /// Whether what the object names is there: contacts, hosts. 0: yes; else the code that says no.
  unsigned missing_references(const SandboxObject& object);
  /// A restore request; `held` is on its way out.
  SandboxSaid restore(SandboxObject held);
  /// Tells an account what became of a name.
  void tell(const std::string& account, const std::string& text, const std::string& payload);
  [[nodiscard]] std::string now() const { return format_rfc3339(clock_()); }

  SandboxStore& store_;
  Rules rules_;
  Clock clock_;
};

}  // namespace regdata::epp
