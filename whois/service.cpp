#include "whois/service.hpp"

#include <algorithm>
#include <exception>

#include "whois/text.hpp"

namespace regdata::whois {
namespace {

std::uint32_t microseconds_since(Instant began) noexcept {
  const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(spent, 0, UINT32_MAX));
}

AnswerKind limited(std::string& out, std::uint32_t seconds, const RateLimits& limits) {
  out.clear();
  append_limited(out, seconds, limits);
  return AnswerKind::limited;
}

}  // namespace

AnswerKind answer_within_limits(Service& service, Answerer& answerer, const WhoisOptions& options, const ClientAddress& client,
                                const Query& query, Instant now, std::string& out) {
  const bool free = contains(options.allow, client);
  const auto moment = std::chrono::duration_cast<RateLimiter::Time>(now.time_since_epoch());
  if (!free) {
    // before anything is looked up: a refusal costs as little as possible
    if (const std::uint32_t wait = service.limiter.admit(client, options.rates, moment))
      return limited(out, wait, options.rates);
  }
  Answer result;
  try {
    result = answerer.answer(query, options.rates, service.clock(), now, out);
  } catch (const std::exception&) {  // no memory, or a bug: this client's answer fails and nobody else's
    out.clear();
    append_error(out);
    result = {AnswerKind::error};
  }
  if (!free) {
    service.limiter.settle(client, options.rates, moment, result.kind == AnswerKind::no_match, microseconds_since(now));
    if (result.personal) {
      if (const std::uint32_t wait = service.limiter.admit_personal(client, options.rates, moment))
        return limited(out, wait, options.rates);
    }
  }
  count_redacted(service.counters, result);
  return result.kind;
}

void count_redacted(AnswerCounters& counters, const Answer& answer) noexcept {
  for (const RedactedField field : answer.redacted)
    counters.redacted[field.element][static_cast<std::size_t>(field.reason)].fetch_add(1, std::memory_order_relaxed);
}

void book_answer(Service& service, AnswerKind kind, const ClientAddress& client, bool proxied, Instant began, std::size_t bytes,
                 bool page) {
  const auto add = [](AnswerCounters::Count& count, std::uint64_t amount) {
    count.fetch_add(amount, std::memory_order_relaxed);
  };
  AnswerCounters& counters = page ? service.pages : service.counters;
  const std::uint32_t duration = microseconds_since(began);
  add(counters.answers[static_cast<std::size_t>(kind)], 1);
  add(counters.bytes_out, bytes);
  const auto bound = std::lower_bound(duration_bounds_us.begin(), duration_bounds_us.end(), duration);
  add(counters.durations[static_cast<std::size_t>(bound - duration_bounds_us.begin())], 1);
  add(counters.duration_sum_us, duration);
  if (!service.log) return;
  service.log(QueryEvent{kind, narrow_prefix(client), std::chrono::microseconds(duration), static_cast<std::uint32_t>(bytes),
                         proxied, page});
}

}  // namespace regdata::whois
