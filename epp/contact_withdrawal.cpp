#include "epp/contact_withdrawal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace regdata::epp {
namespace {

enum class Step : std::uint8_t { look, release, remove, ask };
struct Said {
  Step step;
  std::string name;
};

std::string said_by(const Response& response) {
  return fmt::format("the registry answered {} (svTRID {})", response.code(), response.server_id());
}

bool is_known(const Outcome& outcome) {
  return outcome.kind == Outcome::Kind::answered && class_of(outcome.response->code()) != ResultClass::uncertain;
}

}  // namespace

std::optional<Command> release_of(const std::string& id, const std::string& account, const Outcome& looked) {
  if (looked.kind != Outcome::Kind::answered || !looked.response->is_success()) return std::nullopt;
  const auto data = read_domain(*looked.response);
  if (!data || (!data->sponsor.empty() && data->sponsor != account)) return std::nullopt;
  DomainUpdate update;
  update.name = data->name;
  if (data->registrant == id) update.registrant = "";
  std::ranges::copy_if(data->contacts, std::back_inserter(update.remove.contacts),
                       [&](const DomainContact& one) { return one.id == id; });
  if (!update.registrant && update.remove.empty()) return std::nullopt;
  return Command(std::move(update));
}

Expected<void> withdraw_contact(const std::string& id, const std::string& handle, const std::vector<std::string>& names,
                                const std::string& account, const Talk& talk, Withdrawal& done) {
  std::vector<Said> said;
  std::vector<Job> jobs;
  const auto say = [&](std::vector<Job>& into, Step step, std::string name, Command command, std::string whose = {}) {
    said.push_back({step, std::move(name)});
    into.push_back({std::move(command), std::move(whose)});
  };
  std::size_t open = names.size();
  const auto next = [&](std::vector<Job>& into) {
    if (open == 0) say(into, Step::remove, {}, ContactDelete{id}, handle);
  };
  for (const std::string& name : names) say(jobs, Step::look, name, DomainInfo{name, "none", {}});
  next(jobs);
  const OnDone on_done = [&](std::size_t number, const Outcome& outcome) -> Expected<std::vector<Job>> {
    const Said at = said.at(number);
    std::vector<Job> more;
    if (outcome.kind == Outcome::Kind::not_sent) return outcome.why;
    if (!is_known(outcome)) {
      if (at.step == Step::look || at.step == Step::ask) return outcome.why;
      return make_error(Errc::unavailable, fmt::format("what became of it is not known; clTRID {}", outcome.client_id),
                        "it is in the journal: `regdata epp journal resolve` finds out; then begin anew");
    }
    const Response& answer = *outcome.response;
    switch (at.step) {
      case Step::look:
        if (auto release = release_of(id, account, outcome)) {
          say(more, Step::release, at.name, std::move(*release));
          break;
        }
        if (!answer.is_success() && answer.code() != 2303 && answer.code() != 2201)
          done.left.push_back(at.name + ": " + said_by(answer));
        --open;
        next(more);
        break;
      case Step::release:
        if (answer.is_success())
          done.names.push_back(at.name);
        else
          done.left.push_back(at.name + ": " + said_by(answer));
        --open;
        next(more);
        break;
      case Step::remove:
        done.was_there = answer.code() != 2303;
        if (!answer.is_success() && answer.code() != 2303) done.left.push_back(id + ": " + said_by(answer));
        say(more, Step::ask, {}, ContactInfo{id, {}});
        break;
      case Step::ask:
        done.is_gone = answer.code() == 2303;
        break;
    }
    return more;
  };
  const auto talked = talk(std::move(jobs), on_done);
  return talked ? Expected<void>() : talked.error();
}

}  // namespace regdata::epp
