// What the sandbox registry answers, without a socket.
#pragma once

#include <functional>
#include <string>

#include "epp/greeting.hpp"
#include "epp/sandbox_store.hpp"
#include "epp/xml_writer.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

class SandboxRegistry {
 public:
  struct Rules {
    std::string account;
    std::string password;
    bool holds_contacts = true;
  };
  SandboxRegistry(SandboxStore& store, Rules rules, Clock clock)
      : store_(store), rules_(std::move(rules)), clock_(std::move(clock)) {}

  /// Of one connection.
  struct Client {
    std::string account;  ///< empty: not logged in
    unsigned failures = 0;
  };
  struct Answer {
    std::string xml;
    bool closes = false;
  };
  [[nodiscard]] std::string greeting() const;
  /// Of any octets that came as a frame.
  Answer answer(Client& client, std::string_view xml);

 private:
  struct Said;
  Said dispatch(Client& client, const XmlElement& command, const XmlElement& extension);
  Said log_in(Client& client, const XmlElement& login, const XmlElement& extension);
  Said poll(const Client& client, const XmlElement& command);
  Said check(const XmlElement& object);
  Said info(const Client& client, const XmlElement& object);
  Said create(const Client& client, const XmlElement& object, const XmlElement& extension);
  Said update(const Client& client, const XmlElement& object, const XmlElement& extension);
  Said renew(const Client& client, const XmlElement& object);
  Said remove(const Client& client, const XmlElement& object);
  /// Whether what the object names is there: contacts, hosts. Zero: yes; else the code that says no.
  unsigned missing_references(const SandboxObject& object);
  [[nodiscard]] std::string now() const { return format_rfc3339(clock_()); }
  [[nodiscard]] bool is_known_object(const XmlElement& object) const;
  std::string text_of(const Said& said, const Client& client, const std::string& client_id);

  SandboxStore& store_;
  Rules rules_;
  Clock clock_;
  std::uint64_t answers_ = 0;
};

}  // namespace regdata::epp
