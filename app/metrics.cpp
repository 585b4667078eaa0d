#include "app/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

#include "app/version.hpp"

namespace regdata::app {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Families = std::vector<MetricFamily>;
using Labels = std::vector<ClientMetric::Label>;

double seconds(std::chrono::milliseconds duration) { return std::chrono::duration<double>(duration).count(); }

MetricFamily& family(Families& all, const char* name, const char* help, MetricType type) {
  all.push_back({name, help, type, {}});
  return all.back();
}

void put(MetricFamily& into, double value, Labels labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  (into.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  into.metric.push_back(std::move(metric));
}

void counter(Families& all, const char* name, const char* help, std::uint64_t value) {
  put(family(all, name, help, MetricType::Counter), static_cast<double>(value));
}

void gauge(Families& all, const char* name, const char* help, double value) {
  put(family(all, name, help, MetricType::Gauge), value);
}

void about_us(Families& all, const char* process, bool ready) {
  put(family(all, "regdata_build_info", "Version of the program.", MetricType::Gauge), 1,
      {{"version", version}, {"process", process}});
  gauge(all, "regdata_ready", "1 when /readyz says so.", ready ? 1 : 0);
}

/// One protocol's figures become a metric of each family.
using Protocols = std::vector<ProtocolFigures>;

void requests(Families& all, const Protocols& protocols) {
  MetricFamily& into =
      family(all, "regdata_lookup_requests_total", "Queries answered, by kind of answer.", MetricType::Counter);
  for (const auto& [protocol, counters, connections] : protocols) {
    for (std::size_t i = 0; i < counters->answers.size(); ++i) {
      put(into, static_cast<double>(counters->answers[i].load(std::memory_order_relaxed)),
          {{"protocol", protocol}, {"result", std::string(to_string(static_cast<whois::AnswerKind>(i)))}});
    }
  }
}

void durations(Families& all, const Protocols& protocols) {
  MetricFamily& into = family(all, "regdata_lookup_duration_seconds",
                              "From the end of a query to the last byte handed to the kernel.", MetricType::Histogram);
  for (const auto& [protocol, counters, connections] : protocols) {
    ClientMetric metric;
    metric.label = {{"protocol", protocol}};
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < counters->durations.size(); ++i) {
      sum += counters->durations[i].load(std::memory_order_relaxed);
      const bool last = i >= whois::duration_bounds_us.size();
      metric.histogram.bucket.push_back(
          {sum, last ? std::numeric_limits<double>::infinity() : whois::duration_bounds_us[i] / 1e6});
    }
    metric.histogram.sample_count = sum;
    metric.histogram.sample_sum = static_cast<double>(counters->duration_sum_us.load(std::memory_order_relaxed)) / 1e6;
    into.metric.push_back(std::move(metric));
  }
}

void redacted(Families& all, const Protocols& protocols) {
  MetricFamily& fields = family(all, "regdata_redacted_fields_total",
                                "Elements held back in the answers made, by element and reason.", MetricType::Counter);
  for (const auto& [protocol, counters, connections] : protocols) {
    for (std::size_t element = 0; element < whois::withholdable_elements.size(); ++element) {
      for (std::size_t reason = 0; reason < whois::all_redaction_reasons.size(); ++reason) {
        put(fields, static_cast<double>(counters->redacted[element][reason].load(std::memory_order_relaxed)),
            {{"protocol", protocol},
             {"field", std::string(to_string(whois::withholdable_elements[element]))},
             {"reason", std::string(to_string(whois::all_redaction_reasons[reason]))}});
      }
    }
  }
}

/// A counter of each protocol, told apart by `reason` where one is given.
struct Part {
  const char* reason;
  whois::WhoisCounters::Count whois::WhoisCounters::*count;
};
void per_protocol(Families& all, const char* name, const char* help, MetricType type, const Protocols& protocols,
                  std::initializer_list<Part> parts) {
  MetricFamily& into = family(all, name, help, type);
  for (const auto& [protocol, counters, connections] : protocols) {
    if (connections == nullptr) continue;
    for (const Part& part : parts) {
      Labels labels{{"protocol", protocol}};
      if (part.reason != nullptr) labels.push_back({"reason", part.reason});
      put(into, static_cast<double>((connections->*part.count).load(std::memory_order_relaxed)), std::move(labels));
    }
  }
}

void connections(Families& all, const Protocols& protocols) {
  using C = whois::WhoisCounters;
  per_protocol(all, "regdata_connections_open", "Connections open now.", MetricType::Gauge, protocols, {{nullptr, &C::open}});
  per_protocol(all, "regdata_connections_accepted_total", "Connections taken.", MetricType::Counter, protocols,
               {{nullptr, &C::accepted}});
  per_protocol(all, "regdata_connections_refused_total", "Connections turned away.", MetricType::Counter, protocols,
               {{"full", &C::refused_full}, {"prefix", &C::refused_prefix}});
  per_protocol(all, "regdata_connections_closed_early_total", "Connections closed before their answer was taken.",
               MetricType::Counter, protocols, {{"shed", &C::shed}, {"timeout", &C::timed_out}, {"aborted", &C::aborted}});
  per_protocol(all, "regdata_accept_errors_total", "Accepts that failed for want of descriptors or memory.",
               MetricType::Counter, protocols, {{nullptr, &C::accept_errors}});
  per_protocol(all, "regdata_received_bytes_total", "Bytes received.", MetricType::Counter, protocols,
               {{nullptr, &C::bytes_in}});
  MetricFamily& sent = family(all, "regdata_sent_bytes_total", "Bytes sent.", MetricType::Counter);
  for (const auto& [protocol, counters, connections] : protocols)
    put(sent, static_cast<double>(counters->bytes_out.load(std::memory_order_relaxed)), {{"protocol", protocol}});
}

void views(Families& all, const std::optional<redaction::ViewStoreState>& state, UtcTime now) {
  gauge(all, "regdata_views_readable", "1 when the view store can be read.", state ? 1 : 0);
  if (!state) return;
  gauge(all, "regdata_views_names", "Names in the view store.", static_cast<double>(state->views));
  gauge(all, "regdata_views_sequence", "Last change that the views hold.", static_cast<double>(state->sequence));
  gauge(all, "regdata_views_generation", "Generation of the view store in force.", static_cast<double>(state->generation));
  gauge(all, "regdata_views_heartbeat_age_seconds", "Since the publisher last said that it is alive and caught up.",
        seconds(now - state->heartbeat));
}

}  // namespace

std::string serve_metrics(const std::vector<ProtocolFigures>& protocols, const std::optional<redaction::ViewStoreState>& state,
                          bool ready, UtcTime now, const whois::ContactCounters* letters) {
  Families all;
  all.reserve(32);
  about_us(all, "serve", ready);
  requests(all, protocols);
  durations(all, protocols);
  redacted(all, protocols);
  connections(all, protocols);
  views(all, state, now);
  if (letters != nullptr) {
    MetricFamily& forms =
        family(all, "regdata_letters_total", "Letters sent with the form, by what became of them.", MetricType::Counter);
    put(forms, static_cast<double>(letters->spooled.load()), {{"result", "spooled"}});
    put(forms, static_cast<double>(letters->lost.load()), {{"result", "lost"}});
    put(forms, static_cast<double>(letters->limited.load()), {{"result", "limited"}});
    put(forms, static_cast<double>(letters->refused.load()), {{"result", "refused"}});
  }
  return prometheus::TextSerializer().Serialize(all);
}

namespace {

void put_registries(std::vector<MetricFamily>& all, const std::map<std::string, RegistryFigures>& registries, UtcTime now) {
  const auto each = [&](const char* name, const char* help, MetricType type, const auto& value) {
    MetricFamily& metric = family(all, name, help, type);
    for (const auto& [registry, one] : registries) put(metric, value(one), {{"registry", registry}});
  };
  const auto number = [&](const char* name, const char* help, MetricType type, std::uint64_t RegistryFigures::*count) {
    each(name, help, type, [count](const RegistryFigures& one) { return static_cast<double>(one.*count); });
  };
  number("regdata_epp_messages_total", "Messages that were kept and acknowledged.", MetricType::Counter,
         &RegistryFigures::messages);
  number("regdata_epp_looks_total", "Names that registries were asked for.", MetricType::Counter, &RegistryFigures::looked);
  number("regdata_epp_changes_total", "Registrations that were different at the registry.", MetricType::Counter,
         &RegistryFigures::changed);
  number("regdata_epp_errors_total", "Steps with registries that failed and are repeated.", MetricType::Counter,
         &RegistryFigures::errors);
  number("regdata_epp_messages_waiting", "Messages that are kept and not applied.", MetricType::Gauge,
         &RegistryFigures::waiting);
  number("regdata_epp_messages_for_a_person", "Messages that nobody here understands.", MetricType::Gauge,
         &RegistryFigures::for_a_person);
  number("regdata_epp_doubtful_names", "Names that are missing, or whose answers are not believed.", MetricType::Gauge,
         &RegistryFigures::doubtful);
  number("regdata_epp_names_of_another_holder", "Names that another contact holds at the registry than here.",
         MetricType::Gauge, &RegistryFigures::other_holder);
  number("regdata_epp_unresolved", "Commands whose outcome is not known.", MetricType::Gauge, &RegistryFigures::unresolved);
  number("regdata_epp_contact_changes_total", "Contacts that were brought up to date at the registry.", MetricType::Counter,
         &RegistryFigures::contacts_changed);
  number("regdata_epp_doubtful_contacts", "Contacts that are not at the registry as they should be, or must not be there.",
         MetricType::Gauge, &RegistryFigures::contacts_doubtful);
  number("regdata_epp_contacts_shown_against_choice", "Contacts of which the registry shows what was not chosen.",
         MetricType::Gauge, &RegistryFigures::contacts_against);
  each("regdata_epp_refused", "1 while a registry refuses us.", MetricType::Gauge,
       [](const RegistryFigures& one) { return one.refused ? 1.0 : 0.0; });
  each("regdata_epp_drained_age_seconds", "Since a registry's queue of messages was found empty.", MetricType::Gauge,
       [now](const RegistryFigures& one) {
         return one.drained == UtcTime{} ? std::numeric_limits<double>::infinity()
                                         : std::max(0.0, std::chrono::duration<double>(now - one.drained).count());
       });
}

}  // namespace

std::string worker_metrics(const WorkerFigures& figures, bool ready, UtcTime now) {
  Families all;
  all.reserve(48);
  about_us(all, "worker", ready);
  counter(all, "regdata_feed_changes_total", "Changes applied to the views.", figures.changes);
  gauge(all, "regdata_feed_sequence", "Last change of the feed.", static_cast<double>(figures.feed_sequence));
  gauge(all, "regdata_feed_applied_sequence", "Last change applied to the views.",
        static_cast<double>(figures.applied_sequence));
  gauge(all, "regdata_feed_lag_seconds", "Age of the oldest change that is not applied.", figures.lag_seconds);
  counter(all, "regdata_views_published_total", "Views written.", figures.published);
  counter(all, "regdata_views_removed_total", "Views taken out.", figures.removed);
  gauge(all, "regdata_contacts_unreadable", "Contacts that the last publication could not open and withheld whole.",
        static_cast<double>(figures.unreadable));
  counter(all, "regdata_publish_errors_total", "Publication steps that failed.", figures.publish_errors);
  gauge(all, "regdata_server_running", "1 while the public server that this worker started runs.",
        figures.server_running ? 1 : 0);
  counter(all, "regdata_server_starts_total", "Starts of the public server.", figures.server_starts);
  MetricFamily& letters =
      family(all, "regdata_letters_total", "Letters from the spool, by what became of them.", MetricType::Counter);
  put(letters, static_cast<double>(figures.letters_queued), {{"result", "queued"}});
  put(letters, static_cast<double>(figures.letters_nobody), {{"result", "nobody"}});
  put(letters, static_cast<double>(figures.letters_asked), {{"result", "asked"}});
  put(letters, static_cast<double>(figures.letters_not_asked), {{"result", "not_asked"}});
  put(letters, static_cast<double>(figures.letters_unreadable), {{"result", "unreadable"}});
  MetricFamily& mails = family(all, "regdata_mails_total", "Attempts to send a mail, by their end.", MetricType::Counter);
  put(mails, static_cast<double>(figures.mails_sent), {{"result", "sent"}});
  put(mails, static_cast<double>(figures.mails_later), {{"result", "later"}});
  put(mails, static_cast<double>(figures.mails_failed), {{"result", "failed"}});
  gauge(all, "regdata_mails_waiting", "Mails in the outbox.", static_cast<double>(figures.mails_waiting));
  gauge(all, "regdata_mail_age_seconds", "Age of the oldest mail in the outbox.", figures.mail_age_seconds);
  gauge(all, "regdata_mail_stuck", "1 while mail cannot leave.", figures.mail_stuck ? 1 : 0);
  counter(all, "regdata_escrow_errors_total", "Steps with deposits that failed and are repeated.", figures.escrow_errors);
  const auto agents = figures.escrow.all();
  const auto age = [&](UtcTime time) {
    if (time == UtcTime{}) return std::numeric_limits<double>::infinity();
    return std::max(0.0, std::chrono::duration<double>(now - time).count());  // a clock that was put back a little
  };
  MetricFamily& verified = family(all, "regdata_escrow_verified_age_seconds",
                                  "Age of the data of the last deposit that the agent accepted.", MetricType::Gauge);
  for (const auto& [agent, one] : agents) put(verified, age(one.accepted), {{"agent", agent}});
  MetricFamily& sent =
      family(all, "regdata_escrow_sent_age_seconds", "Age of the data of the last deposit that was sent.", MetricType::Gauge);
  for (const auto& [agent, one] : agents) put(sent, age(one.sent), {{"agent", agent}});
  MetricFamily& overdue =
      family(all, "regdata_escrow_overdue", "1 while a deposit is later than its grace.", MetricType::Gauge);
  for (const auto& [agent, one] : agents) put(overdue, one.overdue ? 1 : 0, {{"agent", agent}});
  MetricFamily& person =
      family(all, "regdata_escrow_waits_for_person", "1 while a deposit is held, rejected or missing.", MetricType::Gauge);
  for (const auto& [agent, one] : agents) put(person, one.waits_for_person ? 1 : 0, {{"agent", agent}});
  MetricFamily& unanswered =
      family(all, "regdata_escrow_unanswered", "1 while a deposit was sent and its verdict is late.", MetricType::Gauge);
  for (const auto& [agent, one] : agents) put(unanswered, one.unanswered ? 1 : 0, {{"agent", agent}});
  MetricFamily& future = family(all, "regdata_escrow_from_future",
                                "1 while a deposit shows a time that has not come, and was not refused.", MetricType::Gauge);
  for (const auto& [agent, one] : agents) put(future, one.from_future ? 1 : 0, {{"agent", agent}});
  put_registries(all, figures.registries.all(), now);
  MetricFamily& reloads = family(all, "regdata_config_reloads_total", "Reloads of the configuration.", MetricType::Counter);
  put(reloads, static_cast<double>(figures.reloads_good), {{"result", "good"}});
  put(reloads, static_cast<double>(figures.reloads_bad), {{"result", "bad"}});
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace regdata::app
