// The line to one registry: sessions over which is spoken, kept from one talk to the next where that is wanted.
#pragma once

#include <memory>

#include "app/config.hpp"
#include "epp/journal.hpp"
#include "epp/login_events.hpp"
#include "epp/pace.hpp"
#include "epp/password.hpp"
#include "epp/talk.hpp"
#include "epp/tls_client.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

/// Used by one thread. A session that went wrong is never used again; one that is older than `session_age` is ended.
class RegistryLine {
 public:
  enum class Use : std::uint8_t {
    single,  ///< an operator's command: a session for each talk
    kept,    ///< the worker's: kept between talks, where `session_age` and `idle_limit` let it
  };
  /// `journal` may be null where nothing is transformed. What is referred to must outlive it.
  /// `share`: of the turns that are for such a use.
  RegistryLine(const Config::Registry& settings, epp::Journal* journal, Clock clock, Use use, double share = 1);
  RegistryLine(RegistryLine&&) = delete;
  /// Logs out, and waits two seconds for it at most.
  ~RegistryLine();

  /// As epp::Talk. Without jobs it only says hello and nobody logs in. Errors: configuration, unavailable (also: all sessions
  /// that the account may have are in use), refused; of the session as a whole: then nothing was transformed.
  Expected<epp::Greeting> talk(std::vector<epp::Job> jobs, const epp::OnDone& on_done);
  /// What the registry warned of at the last login over this line.
  [[nodiscard]] const std::vector<epp::LoginEvent>& events() const noexcept { return events_; }
  /// When the certificates end that the registry had then.
  [[nodiscard]] const epp::PeerEnds& peer() const noexcept { return peer_; }
  /// Whether a session stands that is kept: hears it if the registry has closed it.
  bool stands();
  /// Logs out of the session that is kept; the next talk begins another one.
  void rest();
  /// talk(), as a Talk that refers to this object.
  epp::Talk as_talk() {
    return [this](std::vector<epp::Job> jobs, const epp::OnDone& on_done) { return talk(std::move(jobs), on_done); };
  }

 private:
  struct Open;
  Expected<std::unique_ptr<Open>> open(bool only_hello);
  /// The one that is kept, if it still stands.
  void let_go_of_old();

  const Config::Registry& settings_;
  epp::Journal* journal_;
  Clock clock_;
  Use use_;
  epp::Pace pace_;
  std::unique_ptr<Open> open_;
  std::vector<epp::LoginEvent> events_;
  epp::PeerEnds peer_;
};

/// What became of a login that says nothing else.
struct LoginTried {
  std::optional<Error> trouble;           ///< empty: logged in, and out
  std::uint16_t code = 0;                 ///< of the answer to the login; 0: there was none
  bool was_said = false;                  ///< the login was sent, or may have been
  std::vector<epp::LoginEvent> events{};  ///< what the registry warned of
  epp::PeerEnds peer{};                   ///< when its certificates end
};
/// Whether it needs one of the account's sessions, or is said by somebody who holds one.
enum class LoginSlot : bool { held, wanted };
/// `to`: changes the password with it; empty: it stays.
LoginTried log_in(const Config::Registry& settings, epp::Password password, epp::Password to, LoginSlot slot);

}  // namespace regdata::app
