#include "epp/session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

Error before(const Error& why, std::string_view what) { return {why.code, std::string(what) + ": " + why.context, why.hint}; }

/// In the registry's words, which may tell whose name a contact has: only those of a login, which have none.
Error refused_login(const Response& answer) {
  const Result& result = answer.results().front();
  return make_error(class_of(result.code) == ResultClass::limited ? Errc::unavailable : Errc::refused,
                    fmt::format("the registry refused the login: {} {}", result.code, result.text),
                    class_of(result.code) == ResultClass::limited ? "another session holds the place; try again later"
                                                                  : "no further attempt is made by itself");
}

}  // namespace

Expected<const Response*> known_answer(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::not_sent) return outcome.why;
  const bool is_answered = outcome.kind == Outcome::Kind::answered;
  if (is_answered && class_of(outcome.response->code()) != ResultClass::uncertain) return &*outcome.response;
  return make_error(Errc::unavailable,
                    fmt::format("what became of it is not known ({}); clTRID {}",
                                is_answered ? told_by(*outcome.response) : outcome.why.context, outcome.client_id),
                    "it is in the journal and is not said again: `regdata epp journal resolve` finds out");
}

Expected<const Response*> journaled_answer(const Outcome& outcome) {
  auto answer = known_answer(outcome);
  if (answer && !outcome.why.context.empty())
    return make_error(Errc::unavailable,
                      fmt::format("{}, and the journal could not be written: {}", told_by(**answer), outcome.why.context),
                      "`regdata epp journal resolve` closes the entry; then begin anew");
  return answer;
}

Session::Session(SessionRules rules, Password password, std::function<std::string()> next_id, Moment now)
    : rules_(std::move(rules)), password_(std::move(password)), next_id_(std::move(next_id)), front_since_(now) {
  if (!rules_.checks_client_id) rules_.query_window = rules_.transform_window = 1;
}

std::uint64_t Session::submit(Command command, std::string client_id) {
  const std::uint64_t ticket = ++last_ticket_;
  if (is_over() || is_draining_) {
    finish(ticket, {.kind = Outcome::Kind::not_sent,
                    .response = {},
                    .why = trouble_.value_or(make_error(Errc::unavailable, "the session is over")),
                    .client_id = {}});
    return ticket;
  }
  const auto place = client_id.empty()
                         ? waiting_.end()
                         : std::ranges::find_if(waiting_, [](const Waiting& one) { return one.client_id.empty(); });
  waiting_.insert(place, {ticket, std::move(command), std::move(client_id)});
  return ticket;
}

bool Session::take_turn(const Command& command, Moment now) {
  held_until_ = rules_.pace == nullptr ? std::nullopt : rules_.pace->take(class_of(command), now);
  return !held_until_;
}

void Session::finish(std::uint64_t ticket, Outcome outcome) {
  if (ticket != 0) done_.push_back({ticket, std::move(outcome)});
}

void Session::end(std::optional<Error> why) {
  state_ = State::over;
  trouble_ = std::move(why);
  const Error told = trouble_.value_or(make_error(Errc::unavailable, "the session is over"));
  for (InFlight& one : in_flight_)
    finish(one.ticket, {.kind = Outcome::Kind::unknown, .response = {}, .why = told, .client_id = std::move(one.client_id)});
  in_flight_.clear();
  for (const Waiting& one : waiting_)
    finish(one.ticket, {.kind = Outcome::Kind::not_sent, .response = {}, .why = told, .client_id = {}});
  waiting_.clear();
}

void Session::on_frame(std::string_view xml, Moment now) {
  if (is_over()) return;
  auto document = XmlDocument::parse(xml, rules_.dialect);
  if (!document) return end(before(document.error(), "the registry's answer"));
  if (state_ == State::awaiting_greeting || (!in_flight_.empty() && in_flight_.front().is_hello))
    return take_greeting(*document, now);
  take_response(std::move(*document), now);
}

void Session::take_greeting(const XmlDocument& document, Moment now) {
  auto greeting = read_greeting(document);
  if (!greeting) return end(greeting.error());
  greeting_ = std::move(*greeting);
  if (state_ == State::awaiting_greeting) {
    state_ = State::greeted;
    if (!rules_.account.empty()) log_in();
    return;
  }
  finish(in_flight_.front().ticket, {.kind = Outcome::Kind::answered, .response = {}, .why = {}, .client_id = {}});
  in_flight_.pop_front();
  front_since_ = now;
}

void Session::log_in() {
  auto login = login_for(*greeting_, rules_.known, rules_.account, std::move(password_), rules_.language);
  if (!login) return end(login.error());
  login_ = std::move(*login);
  spoken_ = login_->services;
  login_->software = rules_.software;
  login_->new_password = std::move(new_password_);
}

void Session::take_response(XmlDocument document, Moment now) {
  if (in_flight_.empty()) return end(make_error(Errc::damaged, "the registry answered what nobody asked"));
  auto response = Response::read(std::move(document));
  if (!response) return end(response.error());
  const std::string& told = response->client_id();
  if (told != in_flight_.front().client_id && (rules_.checks_client_id || !told.empty()))
    return end(make_error(Errc::damaged, "the registry answered another command: its clTRID is not ours",
                          "what was asked may have been done; it is looked at again in another session"));
  const InFlight answered = std::move(in_flight_.front());
  in_flight_.pop_front();
  front_since_ = now;
  const std::uint16_t code = response->code();
  if (rules_.pace != nullptr && class_of(code) == ResultClass::limited) rules_.pace->slow_down(now);
  if (state_ == State::logging_in) {
    login_answer_ = *response;
    if (!response->is_success()) return end(refused_login(*response));
    state_ = State::ready;
    return;
  }
  if (state_ == State::logging_out && answered.ticket == 0) return end({});
  finish(answered.ticket,
         {.kind = Outcome::Kind::answered, .response = std::move(*response), .why = {}, .client_id = answered.client_id});
  if (closes(code)) end(make_error(Errc::unavailable, fmt::format("the registry closes the session ({})", code)));
}

void Session::on_broken(const Error& why) {
  if (is_over()) return;
  if (state_ == State::logging_out) return end({});
  end(why);
}

void Session::on_time(Moment now) {
  if (held_until_ && now >= *held_until_) held_until_.reset();
  const auto due = answer_deadline();
  if (!due || now < *due) return;
  if (state_ == State::logging_out) return end({});
  const char* const what = state_ == State::awaiting_greeting ? "no greeting"
                           : state_ == State::logging_in      ? "no answer to the login"
                                                              : "no answer";
  end(make_error(Errc::unavailable, std::string("time-out: ") + what + " came from the registry"));
}

std::optional<Moment> Session::deadline() const {
  const auto due = answer_deadline();
  if (is_over() || !held_until_) return due;
  return due ? std::min(*due, *held_until_) : held_until_;
}

std::optional<Moment> Session::answer_deadline() const {
  if (is_over()) return std::nullopt;
  if (state_ == State::awaiting_greeting) return front_since_ + rules_.greeting_time;
  if (in_flight_.empty()) return std::nullopt;
  return front_since_ + in_flight_.front().time;
}

unsigned Session::window_of(const Command& command) const noexcept {
  return class_of(command) == CommandClass::query ? rules_.query_window : rules_.transform_window;
}

Milliseconds Session::time_of(const Command& command) const noexcept {
  return class_of(command) == CommandClass::transform ? rules_.transform_time : rules_.query_time;
}

std::optional<std::string> Session::send(const Command& command, std::uint64_t ticket, std::string client_id, Moment now) {
  const bool is_hello = std::holds_alternative<Hello>(command);
  if (client_id.empty() && !is_hello) client_id = next_id_();
  InFlight sent{.ticket = ticket, .client_id = std::move(client_id), .is_hello = is_hello, .time = time_of(command)};
  const auto why_not = unspoken(command);
  auto xml = why_not ? Expected<std::string>(*why_not) : written(command, sent.client_id);
  if (!xml) {
    finish(ticket, {.kind = Outcome::Kind::not_sent, .response = {}, .why = xml.error(), .client_id = {}});
    return std::nullopt;
  }
  if (in_flight_.empty()) front_since_ = now;
  in_flight_.push_back(std::move(sent));
  return in_their_words(std::move(*xml), rules_.dialect);
}

std::optional<Error> Session::unspoken(const Command& command) const {
  if (state_ != State::ready) return std::nullopt;
  for (const std::string_view uri : extensions_of(command))
    if (!spoken_.extensions.contains(std::string(uri)))
      return make_error(Errc::refused, fmt::format("{}: the registry does not speak {}", name_of(command), uri),
                        "`regdata epp hello` shows what it does; nothing was said");
  return std::nullopt;
}

Expected<std::string> Session::written(const Command& command, std::string_view client_id) const {
  const bool speaks = spoken_.extensions.contains(std::string(name_store_namespace));
  return write(command, client_id, speaks ? sub_product_for(object_in(command), rules_.dialect) : std::string_view());
}

std::optional<std::string> Session::next_frame(Moment now) {
  if (state_ == State::greeted && login_) {
    auto frame = send(Command(std::move(*login_)), 0, {}, now);
    login_.reset();
    if (!frame) {
      end(make_error(Errc::configuration, "the account's name or password holds what XML cannot"));
      return std::nullopt;
    }
    in_flight_.front().time = rules_.login_time;
    state_ = State::logging_in;
    return frame;
  }
  const bool only_hello = state_ == State::greeted;
  if (state_ != State::ready && !only_hello) return std::nullopt;
  while (!waiting_.empty()) {
    const Command& next = waiting_.front().command;
    if (only_hello && !std::holds_alternative<Hello>(next)) break;
    if (in_flight_.size() >= window_of(next)) return std::nullopt;
    if (waiting_.front().client_id.empty() && !take_turn(next, now)) return std::nullopt;
    Waiting one = std::move(waiting_.front());
    waiting_.pop_front();
    if (auto frame = send(one.command, one.ticket, std::move(one.client_id), now)) return frame;
  }
  if (!is_draining_ || !in_flight_.empty()) return std::nullopt;
  if (only_hello) {
    end({});
    return std::nullopt;
  }
  auto frame = send(Logout{}, 0, {}, now);
  if (frame) in_flight_.front().time = rules_.logout_time;
  state_ = State::logging_out;
  return frame;
}

std::vector<Session::Done> Session::take_done() { return std::exchange(done_, {}); }

}  // namespace regdata::epp
