// What the sandbox registry answers, without a socket.
#pragma once

#include <string>

#include "epp/greeting.hpp"
#include "epp/sandbox_objects.hpp"
#include "epp/sandbox_organizations.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

class SandboxRegistry {
 public:
  struct Rules {
    std::string account;
    std::string password;
    bool holds_contacts = true;
    SandboxDisclosure disclosure{};
    std::string rival{};  ///< another registrar's account, with the same password: for transfers; empty: there is none
  };
  SandboxRegistry(SandboxStore& store, Rules rules, Clock clock)
      : store_(store),
        rules_(std::move(rules)),
        clock_([clock = std::move(clock), &store] { return clock() + store.advanced(); }),
        objects_(store, {rules_.holds_contacts, rules_.disclosure}, clock_),
        organizations_(store, clock_) {}

  /// Of one connection.
  struct Client {
    std::string account;  ///< empty: not logged in
    unsigned failures = 0;
  };
  struct Answer {
    std::string xml;
    bool closes = false;
    std::string client_id{};  ///< clTRID that it answers
  };
  [[nodiscard]] std::string greeting() const;
  /// Of any octets that came as a frame. Not `does`: what it would have said, and nothing is changed.
  Answer answer(Client& client, std::string_view xml, bool does = true);
  /// Whether it is one that wants to log in.
  static bool is_login(std::string_view xml);

 private:
  SandboxSaid dispatch(Client& client, const XmlElement& command, const XmlElement& extension);
  SandboxSaid change(const std::string& account, const XmlElement& verb, const XmlElement& object, const XmlElement& extension);
  SandboxSaid log_in(Client& client, const XmlElement& login, const XmlElement& extension);
  SandboxSaid poll(const Client& client, const XmlElement& command);
  [[nodiscard]] std::string now() const { return format_rfc3339(clock_()); }
  [[nodiscard]] bool is_known_object(const XmlElement& object) const;
  std::string text_of(const SandboxSaid& said, const Client& client, const std::string& client_id);

  SandboxStore& store_;
  Rules rules_;
  Clock clock_;
  SandboxObjects objects_;
  SandboxOrganizations organizations_;
  std::uint64_t answers_ = 0;
};

}  // namespace regdata::epp
