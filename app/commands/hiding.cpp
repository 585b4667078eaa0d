#include "app/commands/hiding.hpp"

#include <fmt/format.h>

#include "app/store_access.hpp"

namespace regdata::app {
namespace {

/// How long the worker may take before a change is told as "not yet in the public view". Its own target is one second.
constexpr std::chrono::seconds patience{10};

}  // namespace

Outcome see_through(Context& context, const Config& config, RegistrationStore& store, const RecordedChange& change,
                    boost::json::object data) {
  data["published"] = false;
  std::uint64_t target = change.sequence;
  if (target == 0) {
    const auto last = store.last_sequence();
    if (!last) return last.error();
    target = *last;
  }
  const auto published = publish_up_to(config, store, context.clock, target, patience);
  if (!published || *published == Publishing::late) {
    const std::string why =
        published ? fmt::format("the worker has not published it within {} s", patience.count()) : published.error().context;
    Outcome outcome(Exit::partly, make_error(Errc::unavailable,
                                             fmt::format("{} for {}, but not yet in the public view: {}", change.recorded,
                                                         change.handle, why),
                                             "the record stands; see `regdata doctor`, then `regdata publish`"));
    outcome.data = std::move(data);
    return outcome;
  }
  data["published"] = true;
  context.output.line(fmt::format("{}: {}", change.handle, change.done));
  return {Exit::done, std::move(data)};
}

}  // namespace regdata::app
