// regdata publish [--rebuild]: brings the view store up to date; the worker does it continuously.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/interruption.hpp"
#include "app/publication.hpp"
#include "app/rebuild_request.hpp"
#include "app/store_access.hpp"

namespace regdata::app {
namespace {

/// A million names take half a minute.
constexpr std::chrono::minutes longest_rebuild{30};

/// The worker does it, while its servers go on.
Outcome ask_worker(Context& context, const std::filesystem::path& views, const Error& conflict) {
  const RebuildRequest request(views);
  const auto generation = [&views]() -> std::uint64_t {
    const auto reader = redaction::ViewReader::open(views);
    const auto state = reader ? (*reader)->state() : Expected<redaction::ViewStoreState>(reader.error());
    return state ? state->generation : 0;
  };
  const std::uint64_t before = generation();
  if (auto asked = request.ask(); !asked) return asked.error();
  context.output.note("`regdata run` makes the view store anew");
  const Interruption interruption;
  const auto begun = std::chrono::steady_clock::now();
  while (request.is_there()) {
    if (Interruption::asked()) return {Exit::interrupted, Error{Errc::conflict, "the worker was asked, and goes on", {}}};
    if (std::chrono::steady_clock::now() - begun > longest_rebuild)
      return {Exit::partly, Error{conflict.code, "the worker was asked, and has not done it yet", "its log tells why"}};
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (generation() == before)
    return make_error(Errc::unavailable, "the worker could not make the view store anew, the old one stays",
                      "its log tells why");
  context.output.line("made anew by `regdata run`");
  return {Exit::done, boost::json::object{{"byWorker", true}}};
}

Outcome publish(Context& context, bool rebuild) {
  const auto config = context.config();
  if (!config) return config.error();
  auto publication = load_publication(*config);
  if (!publication) return publication.error();
  const auto store = open_store(*config);
  if (!store) return store.error();
  auto views = redaction::ViewWriter::open(config->views.directory);
  if (!views) {
    if (views.error().code != Errc::conflict) return views.error();
    if (rebuild) return ask_worker(context, config->views.directory, views.error());
    return Error{Errc::conflict, views.error().context, "`regdata run` publishes by itself; stop it to publish from here"};
  }
  const auto history = open_policy_history(*config);
  if (!history) return history.error();
  if (auto noted = (*history)->note(records_of(*publication), context.clock()); !noted) return noted.error();
  redaction::Publisher publisher(**store, **views, std::move(*publication), context.clock);
  // Nobody may come after us within the five minutes that a hidden value may stay in a freed page (house.md §1).
  const auto done = rebuild ? publisher.rebuild() : publisher.settle();
  if (!done) return done.error();
  if (rebuild) RebuildRequest(config->views.directory).take_back();
  for (const auto& problem : done->problems) context.output.warn(problem);
  context.output.line(
      fmt::format("published {} views, removed {}, up to change {}", done->published, done->removed, done->sequence));
  boost::json::object data{{"changes", done->changes},
                           {"published", done->published},
                           {"removed", done->removed},
                           {"unreadable", done->unreadable},
                           {"sequence", done->sequence}};
  if (done->unreadable == 0) return {Exit::done, std::move(data)};
  Outcome outcome(
      Exit::partly,
      make_error(Errc::key_missing, fmt::format("{} contacts could not be opened and were withheld whole", done->unreadable),
                 "`regdata doctor` looks into keys and store"));
  outcome.data = std::move(data);
  return outcome;
}

}  // namespace

void add_publish(CommandLine& line) {
  Verb app = line.verb("publish", "bring the view store up to date (`regdata run` does it all the time)", "operation");
  auto rebuild = std::make_shared<bool>(false);
  app.flag("--rebuild", *rebuild,
           "make a new view store beside the old and switch; servers go on; beside `regdata run` that does it");
  line.does(app, [rebuild](Context& context) { return publish(context, *rebuild); });
}

}  // namespace regdata::app
