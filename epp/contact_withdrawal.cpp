#include "epp/contact_withdrawal.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace regdata::epp {
namespace {

enum class Step : std::uint8_t { look, release, remove, ask };
struct Said {
  Step step;
  std::string name;
};

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

Expected<void> withdraw_contact(const std::string& id, const std::vector<std::string>& names, const std::string& account,
                                const Talk& talk, Withdrawal& done) {
  std::vector<Said> said;
  std::vector<Job> jobs;
  // nothing of the person stands in these, and a contact that was erased here has no key any more that could seal them
  const auto say = [&](std::vector<Job>& into, Step step, std::string name, Command command) {
    said.push_back({step, std::move(name)});
    into.push_back({std::move(command), {}});
  };
  std::size_t open = names.size();
  const auto next = [&](std::vector<Job>& into) {
    if (open == 0) say(into, Step::remove, {}, ContactDelete{id});
  };
  for (const std::string& name : names) say(jobs, Step::look, name, DomainInfo{name, "none", {}});
  next(jobs);
  const OnDone on_done = [&](std::size_t number, const Outcome& outcome) -> Expected<std::vector<Job>> {
    const Said at = said.at(number);
    std::vector<Job> more;
    const bool is_question = at.step == Step::look || at.step == Step::ask;
    if (is_question && outcome.kind != Outcome::Kind::answered) return outcome.why;
    const auto known = is_question ? Expected<const Response*>(&*outcome.response) : journaled_answer(outcome);
    if (!known) return known.error();
    const Response& answer = **known;
    switch (at.step) {
      case Step::look:
        if (auto release = release_of(id, account, outcome)) {
          say(more, Step::release, at.name, std::move(*release));
          break;
        }
        if (!answer.is_success() && answer.code() != 2303 && answer.code() != 2201)
          done.left.push_back(at.name + ": " + told_by(answer));
        --open;
        next(more);
        break;
      case Step::release:
        if (answer.is_success())
          done.names.push_back(at.name);
        else
          done.left.push_back(at.name + ": " + told_by(answer));
        --open;
        next(more);
        break;
      case Step::remove:
        done.was_there = answer.code() != 2303;
        if (!answer.is_success() && answer.code() != 2303) done.left.push_back(id + ": " + told_by(answer));
        say(more, Step::ask, {}, ContactInfo{id, {}});
        break;
      case Step::ask:
        done.is_gone = answer.code() == 2303;
        done.is_there = answer.is_success() || answer.code() == 2201;
        break;
    }
    return more;
  };
  const auto talked = talk(std::move(jobs), on_done);
  return talked ? Expected<void>() : talked.error();
}

}  // namespace regdata::epp
