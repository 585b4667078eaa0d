// A session whose transforms are journaled before a byte of them is sent, and after they were answered (docs/decisions/0023).
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "epp/journal.hpp"
#include "epp/talk.hpp"

namespace regdata::epp {

/// Stands between who asks and a Session. As it, without sockets: settle() is called whenever something may have happened, and
/// before what is to be sent is asked for.
class JournaledSession {
 public:
  struct Facts {
    std::string registry;            ///< id of the configuration
    std::string account;             ///< clID
    unsigned window = 1;             ///< transforms under way
    Milliseconds answer_time{1000};  ///< from its begin on, until the last of a window must have been answered
  };
  /// What is referred to must outlive it. `journal` may be null: then no transform is said (Errc::internal). `next_id` gives a
  /// clTRID that was never given before.
  JournaledSession(Session& session, Journal* journal, Facts facts, std::function<std::string()> next_id, Clock clock);

  /// Asks for a command to be said. The ticket, which counts from 1, names it in take_done().
  std::uint64_t submit(Job job);
  /// No more commands: what waits is still said, then the session logs out.
  void drain() noexcept { is_draining_ = true; }
  /// As drain(), but what waits is not said.
  void give_up(const Error& why);
  /// Takes what came to its end, journals that and what is next in one transaction, hands on what may be sent.
  void settle();

  /// In the order in which they ended; a transform only once its end is in the journal. Where the journal could not be written
  /// an answer is told all the same, with `why`.
  std::vector<Session::Done> take_done() { return std::exchange(done_, {}); }

 private:
  struct Waiting {
    std::uint64_t ticket = 0;
    Job job;
  };
  struct Begun {
    Waiting waiting;
    std::string client_id;
  };
  void take_ended(std::vector<EntryEnd>& ended, std::vector<Session::Done>& told);
  /// What may be said next, with its entry.
  void take_next(std::vector<NewEntry>& entries, std::vector<Begun>& begun);
  void not_sent(std::uint64_t ticket, Error why);

  Session& session_;
  Journal* journal_;
  Facts facts_;
  std::function<std::string()> next_id_;
  Clock clock_;
  bool is_draining_ = false;
  std::uint64_t last_ticket_ = 0;
  std::deque<Waiting> waiting_;
  struct Said {
    std::uint64_t ticket = 0;
    std::string client_id{};  ///< of its entry; empty: it has none
  };
  std::map<std::uint64_t, Said> said_;  ///< by the session's ticket
  unsigned under_way_ = 0;              ///< journaled ones
  std::vector<Session::Done> done_;
};

}  // namespace regdata::epp
