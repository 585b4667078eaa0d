// Handing mail to the next server by SMTP (RFC 5321), through libcurl.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "registration/error.hpp"
#include "relay/mailer.hpp"

namespace regdata::relay {

enum class SmtpTls : std::uint8_t {
  starttls,  ///< required: without it nothing is sent
  implicit,  ///< from the first byte (RFC 8314)
  none,      ///< only to a server on this machine
};

struct SmtpSettings {
  std::string server;  ///< "mail.example:587", "[::1]:25"
  SmtpTls tls = SmtpTls::starttls;
  std::filesystem::path ca_file;        ///< PEM; empty: the system's
  std::filesystem::path user_file;      ///< one line; empty: no log-in
  std::filesystem::path password_file;  ///< one line
  std::string hello;                    ///< name that we say in EHLO; empty: "localhost"
  std::chrono::milliseconds timeout{60'000};
};

/// One connection at a time, kept open between mails. Not thread-safe.
class SmtpMailer final : public Mailer {
 public:
  /// Reads the credentials; a password that others can read is refused. Errc::configuration.
  static Expected<std::unique_ptr<SmtpMailer>> make(const SmtpSettings& settings);
  ~SmtpMailer() override;
  Sent send(std::string_view from, std::string_view to, std::string_view message) override;

 private:
  struct Impl;
  explicit SmtpMailer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Connects to the server of `SmtpSettings::server` and says nothing. Empty: it takes connections; else why not, in curl's
/// words.
std::string reach(const std::string& server, std::chrono::milliseconds patience);

/// What the last reply means, by the command that it answered. Pure; for tests.
Sent read_reply(std::string_view command, std::string_view reply);

}  // namespace regdata::relay
