#include "epp/ask_all.hpp"

#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace regdata::epp {
namespace {

/// Of the line, in one call: a registry that always breaks off is left alone then.
constexpr unsigned most_breaks_while_asking = 5;

}  // namespace

Expected<Greeting> ask_all(std::size_t count, const std::function<Command(std::size_t number)>& question, const Talk& talk,
                           const std::function<void(std::size_t number, Outcome outcome)>& take) {
  std::optional<Greeting> spoken;
  std::vector<std::size_t> open(count);
  std::iota(open.begin(), open.end(), std::size_t{0});
  for (unsigned breaks = 0; !open.empty(); ++breaks) {
    std::vector<Job> jobs;
    jobs.reserve(open.size());
    for (const std::size_t number : open) jobs.push_back({question(number)});
    std::vector<std::size_t> unsaid;
    auto greeting = talk(std::move(jobs), [&](std::size_t place, Outcome outcome) -> Expected<std::vector<Job>> {
      const bool was_unsaid = outcome.kind == Outcome::Kind::not_sent && outcome.why.code != Errc::invalid;
      if (was_unsaid && breaks < most_breaks_while_asking)
        unsaid.push_back(open.at(place));
      else
        take(open.at(place), std::move(outcome));
      return std::vector<Job>();
    });
    if (!greeting) {
      if (!spoken) return greeting.error();
      for (const std::size_t number : open)
        take(number, {.kind = Outcome::Kind::not_sent, .response = {}, .why = greeting.error(), .client_id = {}});
      break;
    }
    spoken = std::move(*greeting);
    open = std::move(unsaid);
  }
  if (!spoken) return make_error(Errc::internal, "nothing was asked");
  return *spoken;
}

}  // namespace regdata::epp
