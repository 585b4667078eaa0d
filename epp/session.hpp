// One session with a registry, from its greeting to its end, without a socket (docs/decisions/0022).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "epp/command.hpp"
#include "epp/pace.hpp"

namespace regdata::epp {

using Moment = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

/// What became of a command.
struct Outcome {
  enum class Kind : std::uint8_t {
    answered,  ///< `response` is there, whatever it says; a greeting answers a hello
    not_sent,  ///< nothing of it was handed to the connection: it may be said elsewhere
    unknown,   ///< handed over, and no answer that can be read
  };
  Kind kind = Kind::not_sent;
  std::optional<Response> response;
  Error why;              ///< unless answered
  std::string client_id;  ///< clTRID it was sent with; empty: not sent, or a hello
};

/// The answer to a command that changes something, whatever it says. Errors: why it was not sent; unavailable (what became of
/// it is not known: no answer, or 2400, 2500: the journal has it).
Expected<const Response*> known_answer(const Outcome& outcome);
/// The same, where more is to be said about the object: unavailable too where the journal did not take the answer.
Expected<const Response*> journaled_answer(const Outcome& outcome);

struct SessionRules {
  std::string account;  ///< clID; empty: no login, hello is all that can be said
  std::string language = "en";
  Services known;             ///< what we understand
  std::string software;       ///< "regdata 0.1.0"
  unsigned query_window = 1;  ///< commands in flight
  unsigned transform_window = 1;
  Pace* pace = nullptr;          ///< null: nobody waits for a turn; outlives the session
  bool checks_client_id = true;  ///< else by order alone, for registries that do not give it back: windows are 1 then
  Dialect dialect{};
  Milliseconds greeting_time{15'000};
  Milliseconds login_time{60'000};
  Milliseconds query_time{60'000};
  Milliseconds transform_time{120'000};
  Milliseconds logout_time{5'000};
};

/// Is told what comes and when, and tells what to send, and when to close. After `is_over()` it takes nothing any more: a
/// session that went wrong is never used again.
class Session {
 public:
  /// `next_id` gives a clTRID that was never given before.
  Session(SessionRules rules, Password password, std::function<std::string()> next_id, Moment now);

  /// The login asks for this one from then on. Before the greeting.
  void change_password(Password to) { new_password_ = std::move(to); }

  /// Whether a command may be said now as far as the pace goes; takes the turn. For who notes something before it is said.
  bool take_turn(const Command& command, Moment now);
  /// Why a command cannot be said in this session: the registry does not speak an extension that it needs. Errc::refused.
  [[nodiscard]] std::optional<Error> unspoken(const Command& command) const;
  /// The frame as it would be said, in our words. Errors as epp::write().
  [[nodiscard]] Expected<std::string> written(const Command& command, std::string_view client_id) const;
  /// Asks for a command to be said. The ticket names it in `Done`. `client_id`: its clTRID, where it was given one already; it
  /// has had its turn then, and goes before all that have none: what is noted as said must not wait behind questions.
  std::uint64_t submit(Command command, std::string client_id = {});
  /// No more commands: what waits and is in flight is still done, then the session logs out.
  void drain() noexcept { is_draining_ = true; }

  /// The connection stands: from here on the greeting is waited for.
  void on_open(Moment now) noexcept { front_since_ = now; }
  /// The XML of a frame that came.
  void on_frame(std::string_view xml, Moment now);
  /// The connection ended or failed, or what came is no frame.
  void on_broken(const Error& why);
  /// Time has passed.
  void on_time(Moment now);

  /// What is to be sent now, one frame after the other; empty: nothing now. From here on it counts as handed over.
  std::optional<std::string> next_frame(Moment now);
  struct Done {
    std::uint64_t ticket = 0;
    Outcome outcome;
  };
  /// Commands that came to an end, in the order in which they did.
  std::vector<Done> take_done();
  /// When on_time() has something to do; empty: never.
  [[nodiscard]] std::optional<Moment> deadline() const;

  [[nodiscard]] bool is_ready() const noexcept { return state_ == State::ready; }
  /// The connection is to be closed.
  [[nodiscard]] bool is_over() const noexcept { return state_ == State::over; }
  /// Why it is over; empty: after a logout.
  [[nodiscard]] const std::optional<Error>& trouble() const noexcept { return trouble_; }
  /// What the registry said first; empty: nothing yet.
  [[nodiscard]] const std::optional<Greeting>& greeting() const noexcept { return greeting_; }
  /// The answer to the login, with what it warns of (RFC 8807); empty: none yet.
  [[nodiscard]] const std::optional<Response>& login_answer() const noexcept { return login_answer_; }

 private:
  enum class State : std::uint8_t { awaiting_greeting, greeted, logging_in, ready, logging_out, over };
  struct Waiting {
    std::uint64_t ticket = 0;
    Command command;
    std::string client_id;  ///< empty: it gets one when it is sent
  };
  struct InFlight {
    std::uint64_t ticket = 0;  ///< 0: ours, login or logout
    std::string client_id;
    bool is_hello = false;
    Milliseconds time{};
  };

  void take_greeting(const XmlDocument& document, Moment now);
  void take_response(XmlDocument document, Moment now);
  void log_in();
  /// Everything in flight is unknown, everything that waits was not sent.
  void end(std::optional<Error> why);
  void finish(std::uint64_t ticket, Outcome outcome);
  [[nodiscard]] std::optional<Moment> answer_deadline() const;
  [[nodiscard]] unsigned window_of(const Command& command) const noexcept;
  [[nodiscard]] Milliseconds time_of(const Command& command) const noexcept;
  std::optional<std::string> send(const Command& command, std::uint64_t ticket, std::string client_id, Moment now);

  SessionRules rules_;
  Password password_;
  Password new_password_;
  std::function<std::string()> next_id_;
  State state_ = State::awaiting_greeting;
  bool is_draining_ = false;
  std::uint64_t last_ticket_ = 0;
  std::deque<Waiting> waiting_;
  std::deque<InFlight> in_flight_;
  std::optional<Moment> held_until_;  ///< the next turn of `pace`
  Moment front_since_;                ///< when the answer that is waited for became the next one
  std::vector<Done> done_;
  std::optional<Greeting> greeting_;
  std::optional<Response> login_answer_;
  std::optional<Error> trouble_;
  std::optional<Login> login_;
  Services spoken_;  ///< what was logged in with
};

}  // namespace regdata::epp
