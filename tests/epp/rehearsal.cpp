#include "tests/epp/rehearsal.hpp"

#include <algorithm>
#include <iterator>

#include "epp/frame.hpp"
#include "epp/namespaces.hpp"

namespace regdata::epp {

namespace {

bool changes_objects(std::string_view frame) {
  for (const char* verb : {"<create>", "<update>", "<renew>", "<delete>"})
    if (frame.find(verb) != std::string_view::npos) return true;
  return frame.find("<transfer ") != std::string_view::npos && frame.find("op=\"query\"") == std::string_view::npos;
}

}  // namespace

/// What is under way, and how much of it may still arrive.
struct Rehearsal::Wire {
  explicit Wire(const Break& at) : breaks(at) {}

  /// As much of it as arrives; after a break nothing does.
  std::string pass(const std::string& octets, Break::Way way, std::size_t& count) {
    if (is_broken) return {};
    std::size_t size = octets.size();
    if (breaks.way == way) {
      const std::size_t left = breaks.octets - std::min(breaks.octets, count);
      if (left < size) {
        size = left;
        is_broken = true;
      }
    }
    count += size;
    return octets.substr(0, size);
  }

  Break breaks;
  bool is_broken = false;
  FrameReader at_registry{};
  FrameReader at_client{};
  SandboxRegistry::Client client{};
  std::string to_client{};
  bool registry_closes = false;
};

Rehearsal::Rehearsal(bool holds_contacts, SandboxDisclosure disclosure)
    : place_(testing::memory_directory()),
      objects_(SandboxStore::open(place_.path() / "objects.db").value()),
      registry_(*objects_,
                {.account = account,
                 .password = "s3cr3t-word",
                 .holds_contacts = holds_contacts,
                 .disclosure = disclosure,
                 .rival = rival},
                [this] { return now; }) {
  reopen();
}

void Rehearsal::reopen() {
  journal_.reset();
  journal_ = store::expect(store::SqliteJournal::open(world_.store(), world_.paths()));
}

Login Rehearsal::login(const std::string& who) const {
  const Greeting greeting = read_greeting(XmlDocument::parse(registry_.greeting()).value()).value();
  return login_for(greeting, greeting.services, who, Password("s3cr3t-word"), "en").value();
}

void Rehearsal::serve(Wire& wire, MischiefPlan* mischief) {
  while (!wire.registry_closes) {
    const auto frame = wire.at_registry.next();
    if (!frame || !*frame) return;
    const bool is_login = SandboxRegistry::is_login(**frame);
    const auto wrong = mischief != nullptr ? mischief->at_command(is_login) : std::nullopt;
    const bool does = !wrong || !prevents(*wrong);
    const auto answer = registry_.answer(wire.client, **frame, does);
    if (does && !answer.client_id.empty()) {
      const unsigned code = Response::read(XmlDocument::parse(answer.xml).value()).value().code();
      truth_[answer.client_id] = code;
      changes_ += code < 2000 && changes_objects(**frame) ? 1 : 0;
    }
    Delivery delivery = wrong ? twisted(*wrong, answer.xml, answer.client_id) : Delivery{frame_of(answer.xml), false};
    if (wrong == Mischief::late) delivery.octets.clear();
    wire.to_client += delivery.octets;
    wire.registry_closes = delivery.closes || answer.closes;
  }
}

std::optional<Outcome> Rehearsal::say(Command command, const Break& breaks, MischiefPlan* mischief) {
  std::vector<Command> commands;
  commands.push_back(std::move(command));
  return std::move(say_all(std::move(commands), breaks, mischief).front());
}

std::vector<std::optional<Outcome>> Rehearsal::say_all(std::vector<Command> commands, const Break& breaks,
                                                       MischiefPlan* mischief) {
  Wire wire(breaks);
  sent_ = received_ = 0;
  SessionRules rules;
  rules.account = account;
  rules.known = read_greeting(XmlDocument::parse(registry_.greeting()).value()).value().services;
  rules.query_window = rules.transform_window = window;
  Moment moment{};
  const auto next_id = [this] { return "RD-TEST-" + std::to_string(++ids_); };
  Session session(std::move(rules), Password("s3cr3t-word"), next_id, moment);
  JournaledSession journaled(session, journal_.get(), {"sandbox", account, window, answer_time}, next_id,
                             [this] { return now; });
  std::vector<std::optional<Outcome>> outcomes(commands.size());
  for (Command& command : commands) journaled.submit({std::move(command)});
  journaled.drain();
  session.on_open(moment);
  wire.to_client = frame_of(registry_.greeting());
  const auto collect = [&] {
    journaled.settle();
    for (Session::Done& done : journaled.take_done()) outcomes.at(done.ticket - 1) = std::move(done.outcome);
  };
  while (!session.is_over()) {
    collect();
    std::string out;
    while (auto frame = session.next_frame(moment)) out += frame_of(*frame);
    wire.at_registry.feed(wire.pass(out, Break::Way::to_registry, sent_));
    serve(wire, mischief);
    const std::string in = wire.pass(std::exchange(wire.to_client, {}), Break::Way::to_client, received_);
    wire.at_client.feed(in);
    bool got = false;
    for (auto frame = wire.at_client.next();; frame = wire.at_client.next()) {
      if (!frame) session.on_broken(frame.error());
      if (!frame || !*frame) break;
      got = true;
      session.on_frame(**frame, moment);
    }
    if (wire.is_broken && breaks.kills) return outcomes;  // nothing is noted any more
    if (wire.is_broken || (wire.registry_closes && !got))
      session.on_broken(make_error(Errc::unavailable, "the connection ended"));
    if (!got && out.empty() && !session.is_over()) {
      moment += std::chrono::minutes(3);
      session.on_time(moment);
    }
  }
  collect();
  return outcomes;
}

unsigned Rehearsal::say_as_rival(const Command& command) {
  SandboxRegistry::Client client;
  registry_.answer(client, write(Command(login(rival)), "RV-1").value());
  const auto answer = registry_.answer(client, write(command, "RV-2").value());
  return Response::read(XmlDocument::parse(answer.xml).value()).value().code();
}

Resolved Rehearsal::resolve_now() {
  const Talk talk = [this](std::vector<Job> jobs, const OnDone& on_done) -> Expected<Greeting> {
    std::vector<Command> commands;
    for (Job& job : jobs) commands.push_back(std::move(job.command));
    std::size_t number = 0;
    for (auto& outcome : say_all(std::move(commands)))
      if (const auto more = on_done(number++, std::move(outcome).value()); !more) return more.error();
    return Greeting{};
  };
  return store::expect(resolve_due(
      *journal_, "sandbox", resolution, [this] { return now; }, talk));
}

Resolved Rehearsal::resolve_all() {
  Resolved all;
  now += answer_time;
  for (unsigned look = 0; look < 10; ++look) {
    now += std::max(resolution.times.settle, resolution.times.second_look);
    const Resolved some = resolve_now();
    all.applied += some.applied;
    all.not_applied += some.not_applied;
    all.for_a_person += some.for_a_person;
    if (some.applied + some.not_applied + some.for_a_person + some.undecided == 0) return all;
  }
  ADD_FAILURE() << "outcomes stay unknown";
  return all;
}

Elements Rehearsal::shown(const std::string& id) {
  Elements shown;
  const auto held = objects_->find('C', id);
  if (held)
    for (const auto* part : held->all("shown")) shown[std::stoul(part->value)] = true;
  return shown;
}

Talk Rehearsal::talk(std::function<void()> after_each, Break breaks) {
  return
      [this, after_each = std::move(after_each), breaks](std::vector<Job> jobs, const OnDone& on_done) -> Expected<Greeting> {
        for (std::size_t at = 0; at < jobs.size(); ++at) {
          const bool is_transform = class_of(jobs[at].command) == CommandClass::transform;
          auto outcome = say(std::move(jobs[at].command), is_transform ? breaks : Break{});
          if (after_each) after_each();
          Outcome none;
          none.kind = Outcome::Kind::unknown;
          auto more = on_done(at, outcome ? std::move(*outcome) : std::move(none));
          if (!more) return more.error();
          std::ranges::move(*more, std::back_inserter(jobs));
        }
        return Greeting();
      };
}

DomainData Rehearsal::info(const std::string& name) {
  const auto outcome = say(DomainInfo{name, "all", {}});
  return read_domain(*outcome->response).value();
}

}  // namespace regdata::epp
