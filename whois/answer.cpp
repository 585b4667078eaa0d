#include "whois/answer.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "registration/ascii.hpp"
#include "whois/published.hpp"
#include "whois/text.hpp"

namespace regdata::whois {
namespace {

using redaction::PublicTexts;
using redaction::ViewReader;

}  // namespace

/// Answers one query; holds what the alternatives share.
class Answering {
 public:
  Answering(Answerer& answerer, const RateLimits& limits, UtcTime now, Answerer::Instant moment, std::string& out)
      : shared_(answerer), views_(answerer.views_), limits_(limits), now_(now), moment_(moment), out_(out) {}

  Answer operator()(const HelpQuery&) {
    append_help(out_, limits_);
    return {AnswerKind::help};
  }

  Answer operator()(Refusal refusal) {
    append_refusal(out_, refusal_text(refusal));
    return {AnswerKind::refused};
  }

  Answer operator()(const DomainQuery& query) {
    const auto frame = open();
    if (!frame) return error();
    const std::string& name = query.name.ascii();
    if (points_elsewhere(name, "domain", *frame)) return {AnswerKind::elsewhere};
    auto view = views_.find(name);
    if (!view) return error();
    // one path for names that others sponsor and for names that do not exist: the view store knows neither
    if (!*view) {
      append_no_match(out_, {}, name, *frame);
      return {AnswerKind::no_match};
    }
    if (!append_domain(out_, **view, *frame)) {
      // a registrar that came with the view a moment ago: look at the texts again before giving up
      shared_.refreshed_ = {};
      const auto again = open();
      if (!again || !append_domain(out_, **view, *again)) return error();
      return found(**view, *again);
    }
    return found(**view, *frame);
  }

  Answer operator()(const HostQuery& query) {
    const auto frame = open();
    if (!frame) return error();
    const std::string& name = query.host.ascii();
    if (points_elsewhere(name, "nameserver", *frame)) return {AnswerKind::elsewhere};
    const auto host = views_.find_host(name);
    if (!host) return error();
    if (!*host) {
      append_no_match(out_, "nameserver ", name, *frame);
      return {AnswerKind::no_match};
    }
    append_host(out_, **host, *frame);
    return {AnswerKind::found};
  }

  Answer operator()(const RegistrarQuery& query) {
    const auto frame = open();
    if (!frame) return error();
    const auto& registrars = frame->texts.registrars;
    const auto found = std::find_if(registrars.begin(), registrars.end(), [&](const Registrar& registrar) {
      if (query.iana_id) return registrar.iana_id == *query.iana_id;
      return lowered(clean_value(registrar.name)) == query.name;
    });
    if (found == registrars.end()) {
      append_no_match(out_, "registrar ", query.name, *frame);
      return {AnswerKind::no_match};
    }
    append_registrar(out_, *found, *frame);
    return {AnswerKind::found};
  }

 private:
  static Answer found(const redaction::PublicView& view, const AnswerFrame& frame) noexcept {
    return {AnswerKind::found, shows_personal(view, frame), redacted_fields(view, frame)};
  }

  /// Texts and state; nothing: the store cannot be read.
  std::optional<AnswerFrame> open() {
    if (!shared_.refresh(moment_)) return std::nullopt;
    return AnswerFrame{*shared_.texts_, shared_.state_.applied_until, is_stale(shared_.state_, now_), shared_.disclaimer_};
  }

  /// Decided by the TLD alone, before looking: whether we sponsor the name does not show.
  bool points_elsewhere(const std::string& name, std::string_view path, const AnswerFrame& frame) {
    const Tld* tld = tld_of(frame.texts, name);
    if (tld == nullptr || tld->whois) return false;
    append_elsewhere(out_, tld->name, path, name, frame);
    return true;
  }

  Answer error() {
    out_.clear();
    append_error(out_);
    return {AnswerKind::error};
  }

  Answerer& shared_;
  ViewReader& views_;
  const RateLimits& limits_;
  UtcTime now_;
  Answerer::Instant moment_;
  std::string& out_;
};

bool Answerer::refresh(Instant moment) {
  if (texts_ != nullptr && moment - refreshed_ < refresh_after && moment >= refreshed_) return true;
  auto texts = views_.texts();
  const auto state = views_.state();
  if (!texts || *texts == nullptr || !state) return false;
  if (texts_ != *texts) {
    texts_ = std::move(*texts);
    disclaimer_ = prepared_disclaimer(*texts_);
  }
  state_ = *state;
  refreshed_ = moment;
  return true;
}

Answer Answerer::answer(const Query& query, const RateLimits& limits, UtcTime now, Instant moment, std::string& out) {
  out.clear();
  return std::visit(Answering(*this, limits, now, moment, out), query);
}

std::string_view to_string(AnswerKind kind) noexcept {
  constexpr std::array<std::string_view, answer_kind_count> words{"found",   "no_match", "elsewhere", "help",
                                                                  "refused", "limited",  "busy",      "error"};
  return words.at(static_cast<std::size_t>(kind));
}

bool is_stale(const redaction::ViewStoreState& state, UtcTime now) noexcept { return now - state.heartbeat > stale_after; }

LineAnswer answer_line(std::string_view line, ViewReader& views, const RateLimits& limits, UtcTime now) {
  LineAnswer result;
  result.kind = Answerer(views).answer(parse_query(line), limits, now, {}, result.text).kind;
  return result;
}

}  // namespace regdata::whois
