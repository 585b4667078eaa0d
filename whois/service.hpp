// What all threads of the server share, and how one query is answered from it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "whois/connection_count.hpp"
#include "whois/rate_limit.hpp"
#include "whois/server.hpp"

namespace regdata::whois {

/// Descriptors that are left to everything else in the process: logs, the admin port, the view store's switches.
inline constexpr std::uint32_t reserved_descriptors = 64;

struct Service {
  Service(std::shared_ptr<redaction::ViewReader> view_reader, Clock wall_clock, std::uint64_t limiter_seed)
      : views(std::move(view_reader)), clock(std::move(wall_clock)), limiter(limiter_seed) {}

  std::shared_ptr<redaction::ViewReader> views;
  Clock clock;
  WhoisServer::QueryLog log;
  RateLimiter limiter;
  ConnectionCount connections;
  WhoisCounters counters;
  AnswerCounters pages;                  ///< what was answered by pages for people
  std::uint32_t places = 0;              ///< what the open-file limit allows; options may allow less
  std::uint32_t half_closed_places = 1;  ///< of each thread, beside the places
};

using Instant = std::chrono::steady_clock::time_point;

/// Replaces the contents of `out` with the answer to what was read, within the limits of `client`.
AnswerKind answer_within_limits(Service& service, Answerer& answerer, const WhoisOptions& options, const ClientAddress& client,
                                const Query& query, Instant now, std::string& out);

/// Books what an answer that goes out holds back.
void count_redacted(AnswerCounters& counters, const Answer& answer) noexcept;

/// Books an answer that was handed to the kernel: counters and query log.
void book_answer(Service& service, AnswerKind kind, const ClientAddress& client, bool proxied, Instant began, std::size_t bytes,
                 bool page = false);

}  // namespace regdata::whois
