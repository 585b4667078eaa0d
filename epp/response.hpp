// What a registry answers (RFC 5730 §2.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "epp/xml.hpp"

namespace regdata::epp {

struct Result {
  std::uint16_t code = 0;            ///< RFC 5730 §3
  std::string text;                  ///< msg
  std::vector<std::string> values;   ///< raw XML of value
  std::vector<std::string> reasons;  ///< extValue: what was wrong with it
};

/// Mail waits, or is here.
struct MessageQueue {
  std::uint64_t count = 0;
  std::string id;    ///< a token, no number
  std::string date;  ///< qDate, of the message that is here
  std::string text;  ///< msg, with what is marked up in it
};

class Response {
 public:
  /// Errc::invalid: no response, or one without a result: then nothing is known of the command's outcome. Results are found
  /// also where the rest of it cannot be understood.
  static Expected<Response> read(XmlDocument document);

  /// At least one.
  [[nodiscard]] const std::vector<Result>& results() const noexcept { return results_; }
  [[nodiscard]] std::uint16_t code() const noexcept { return results_.front().code; }
  [[nodiscard]] bool is_success() const noexcept { return code() < 2000; }
  /// A command that was taken and is not done yet (1001).
  [[nodiscard]] bool is_pending() const noexcept { return code() == 1001; }
  [[nodiscard]] const std::optional<MessageQueue>& queue() const noexcept { return queue_; }
  [[nodiscard]] const std::string& client_id() const noexcept { return client_id_; }  ///< clTRID; empty: there is none
  [[nodiscard]] const std::string& server_id() const noexcept { return server_id_; }  ///< svTRID
  /// In resData; an element that is not, where there is none.
  [[nodiscard]] XmlElement data(std::string_view uri, std::string_view name) const noexcept;
  [[nodiscard]] XmlElement extension(std::string_view uri, std::string_view name) const noexcept;
  /// All that is in resData and extension, and in extValue (RFC 9038): what nobody here knows, too.
  [[nodiscard]] std::vector<std::string> payloads() const;
  [[nodiscard]] const XmlDocument& document() const noexcept { return document_; }

 private:
  explicit Response(XmlDocument document) : document_(std::move(document)) {}

  XmlDocument document_;
  std::vector<Result> results_;
  std::optional<MessageQueue> queue_;
  std::string client_id_;
  std::string server_id_;
};

/// What a code asks of the client (epp.md §1.4).
enum class ResultClass : std::uint8_t {
  done,       ///< 1000, 1300, 1301, 1500
  pending,    ///< 1001
  wrong,      ///< the command is wrong: never repeated as it is
  refused,    ///< something must be put right first
  uncertain,  ///< 2400, 2500: of a transform nobody knows whether it was done
  limited,    ///< 2502
  locked_out  ///< 2200, 2501: no more attempts
};
ResultClass class_of(std::uint16_t code) noexcept;
/// From here on codes tell of the server's own troubles, and say nothing of an object (RFC 5730 §3).
inline constexpr std::uint16_t first_of_failures = 2400;
/// Whether a registry closes the connection behind it (RFC 5730 §3).
constexpr bool closes(std::uint16_t code) noexcept { return code == 1500 || code >= 2500; }
/// "the registry answered 2303 (svTRID 17-a)": without its texts, which may name persons.
std::string told_by(const Response& response);

}  // namespace regdata::epp
