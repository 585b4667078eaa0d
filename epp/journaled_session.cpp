#include "epp/journaled_session.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace regdata::epp {
namespace {

/// Of a transaction (RFC 5730 §4, trIDStringType).
constexpr std::size_t longest_id = 64;

EntryState state_of(const Response& answer) {
  switch (class_of(answer.code())) {
    case ResultClass::done:
      return EntryState::done;
    case ResultClass::pending:
      return EntryState::pending;
    case ResultClass::uncertain:
      return EntryState::unknown;
    default:
      return EntryState::refused;
  }
}

/// What the journal says that a command is about: "domain example.test".
std::string object_of(const Command& command) {
  const auto* const raw = std::get_if<RawCommand>(&command);
  const std::string_view kind = raw != nullptr ? std::string_view(raw->kind) : name_of(command);
  return fmt::format("{} {}", kind.substr(0, kind.find(':')), object_in(command));
}

std::string told_name(const Command& command) {
  const auto* const raw = std::get_if<RawCommand>(&command);
  return raw != nullptr ? fmt::format("{}:{}", raw->kind, raw->verb) : std::string(name_of(command));
}

/// How an entry ends with what became of its command.
EntryEnd end_of(const Outcome& outcome, std::string client_id) {
  EntryEnd end;
  end.client_id = std::move(client_id);
  switch (outcome.kind) {
    case Outcome::Kind::not_sent:
      end.state = EntryState::not_sent;
      end.why = outcome.why.context;
      break;
    case Outcome::Kind::unknown:
      end.state = EntryState::unknown;
      end.why = outcome.why.context;
      break;
    case Outcome::Kind::answered:
      end.state = state_of(*outcome.response);
      end.code = outcome.response->code();
      end.server_id = outcome.response->server_id().substr(0, longest_id);
      end.answer = masked(outcome.response->document().root().raw());
      break;
  }
  return end;
}

}  // namespace

JournaledSession::JournaledSession(Session& session, Journal* journal, Facts facts, std::function<std::string()> next_id,
                                   Clock clock)
    : session_(session), journal_(journal), facts_(std::move(facts)), next_id_(std::move(next_id)), clock_(std::move(clock)) {}

std::uint64_t JournaledSession::submit(Job job) {
  const std::uint64_t ticket = ++last_ticket_;
  if (is_draining_)
    not_sent(ticket, make_error(Errc::unavailable, "the session is over"));
  else
    waiting_.push_back({ticket, std::move(job)});
  return ticket;
}

void JournaledSession::give_up(const Error& why) {
  is_draining_ = true;
  for (; !waiting_.empty(); waiting_.pop_front()) not_sent(waiting_.front().ticket, why);
}

void JournaledSession::not_sent(std::uint64_t ticket, Error why) {
  done_.push_back({ticket, {.kind = Outcome::Kind::not_sent, .response = {}, .why = std::move(why), .client_id = {}}});
}

void JournaledSession::take_ended(std::vector<EntryEnd>& ended, std::vector<Session::Done>& told) {
  for (Session::Done& done : session_.take_done()) {
    const auto at = said_.find(done.ticket);
    if (at == said_.end()) continue;  // submitted to the session by somebody else
    const Said said = at->second;
    said_.erase(at);
    done.ticket = said.ticket;
    if (!said.client_id.empty()) {
      --under_way_;
      ended.push_back(end_of(done.outcome, said.client_id));
    }
    told.push_back(std::move(done));
  }
}

void JournaledSession::take_next(std::vector<NewEntry>& entries, std::vector<Begun>& begun) {
  while (session_.is_ready() && !waiting_.empty()) {
    const bool is_transform = class_of(waiting_.front().job.command) == CommandClass::transform;
    if (is_transform && under_way_ >= facts_.window) return;
    if (is_transform && !session_.take_turn(waiting_.front().job.command, std::chrono::steady_clock::now())) return;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    if (!is_transform) {
      said_[session_.submit(std::move(next.job.command))] = {next.ticket, {}};
      continue;
    }
    if (journal_ == nullptr) {
      not_sent(next.ticket, make_error(Errc::internal, "nothing is changed at a registry without a journal"));
      continue;
    }
    std::string client_id = next_id_();
    const auto why_not = session_.unspoken(next.job.command);
    const auto frame = why_not ? Expected<std::string>(*why_not) : session_.written(next.job.command, client_id);
    if (!frame) {
      not_sent(next.ticket, frame.error());
      continue;
    }
    ++under_way_;
    entries.push_back({.registry = facts_.registry,
                       .account = facts_.account,
                       .client_id = client_id,
                       .command = told_name(next.job.command),
                       .object = object_of(next.job.command),
                       .handle = next.job.handle,
                       .frame = masked(*frame),
                       .answer_by = clock_() + facts_.answer_time});
    begun.push_back({std::move(next), std::move(client_id)});
  }
}

void JournaledSession::settle() {
  std::vector<EntryEnd> ended;
  std::vector<Session::Done> told;
  take_ended(ended, told);
  std::vector<NewEntry> entries;
  std::vector<Begun> begun;
  take_next(entries, begun);
  if (!ended.empty() || !entries.empty()) {
    const auto refused = journal_->write(ended, entries, clock_());
    if (!refused) {  // an entry that did not get its end is unknown once its time is over, and is looked at then
      for (Session::Done& done : told)
        if (done.outcome.kind == Outcome::Kind::answered) done.outcome.why = refused.error();
      drain();
    }
    for (Begun& one : begun) {
      const bool is_free = refused && std::ranges::find(*refused, one.client_id) == refused->end();
      if (is_free) {
        said_[session_.submit(std::move(one.waiting.job.command), one.client_id)] = {one.waiting.ticket, one.client_id};
        continue;
      }
      --under_way_;
      not_sent(one.waiting.ticket,
               refused
                   ? make_error(Errc::conflict,
                                "an earlier command for " + object_of(one.waiting.job.command) + " is not resolved yet",
                                "`regdata epp journal list` shows it, `regdata epp journal resolve` finds what became of it")
                   : refused.error());
    }
  }
  done_.insert(done_.end(), std::make_move_iterator(told.begin()), std::make_move_iterator(told.end()));
  if (session_.is_over()) give_up(session_.trouble().value_or(make_error(Errc::unavailable, "the session is over")));
  if (is_draining_ && waiting_.empty()) session_.drain();
}

}  // namespace regdata::epp
