// Non-interference: nothing that RDAP, port 43 or the page sends tells two registrations apart that differ only in what is
// withheld.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <functional>
#include <random>
#include <stdexcept>

#include "redaction/holder.hpp"
#include "redaction/redact.hpp"
#include "tests/redaction/hidden_twin.hpp"
#include "tests/redaction/made_view.hpp"
#include "tests/redaction/view_store_place.hpp"
#include "tests/whois/rdap_samples.hpp"
#include "tests/whois/sample_views.hpp"
#include "whois/http_response.hpp"
#include "whois/page_lookup.hpp"
#include "whois/rdap_answer.hpp"

namespace regdata::whois {
namespace {

using testing::Chance;

/// Pairs: 20,000 and more, 1,000,000 and more with REGDATA_LONG=1 where no sanitizer makes each of them ten times as dear.
constexpr std::size_t pairs_at_once = 500;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
std::size_t batches() { return testing::rounds(42, 84); }
#else
std::size_t batches() { return testing::rounds(42, 2'050); }
#endif

void must(const Expected<void>& done) {
  if (!done) throw std::runtime_error(done.error().context);
}

/// A view store of one side, and everything that its server would send for a name.
class Side {
 public:
  explicit Side(const redaction::PublicTexts& texts) : place_(testing::memory_directory()) {
    auto writer = redaction::ViewWriter::open(place_.path());
    if (!writer) throw std::runtime_error(writer.error().context);
    writer_ = std::move(*writer);
    redaction::ViewWriter::Batch batch;
    batch.texts = texts;
    batch.sequence = 1;
    batch.applied_until = batch.heartbeat = testing::sample_time();
    must(writer_->apply(batch));
    auto reader = redaction::ViewReader::open(place_.path());
    if (!reader) throw std::runtime_error(reader.error().context);
    reader_ = std::move(*reader);
    rdap_ = std::make_unique<RdapAnswerer>(*reader_);
    static const auto shipped = PageTexts::make().value();
    pages_ = std::make_unique<LookupPages>(*reader_, shipped);
  }

  void publish(std::vector<redaction::PublicView> views) {
    redaction::ViewWriter::Batch batch;
    batch.remove = std::move(held_);
    held_.clear();
    for (const auto& view : views) held_.push_back(view->name);
    batch.put = std::move(views);
    must(writer_->apply(batch));
  }

  /// The bytes of every way to ask: plain, compressed, HEAD, conditional, stale, port 43; and the page in one of its ways, as
  /// it costs more than all of the others.
  std::string everything(const std::string& name) {
    std::string out;
    const std::string target = "/domain/" + name;
    for (const bool stale : {false, true}) {
      const UtcTime now = testing::sample_time() + (stale ? std::chrono::hours(24) : std::chrono::hours(0));
      HttpRequest request;
      request.method = HttpMethod::get;
      request.target = target;
      HttpResponse response;
      rdap_->answer(request, RateLimits{}, now, {}, response);
      writer_of_responses_.append(out, response, false, false, true, now);
      writer_of_responses_.append(out, response, false, true, true, now);
      writer_of_responses_.append(out, response, true, false, true, now);
      const std::string etag = response.etag;
      request.if_none_match = etag;
      rdap_->answer(request, RateLimits{}, now, {}, response);
      writer_of_responses_.append(out, response, false, false, true, now);
      out += answer_line(name, *reader_, RateLimits{}, now).text;
    }
    const std::size_t way = std::hash<std::string>{}(name);
    HttpRequest request;
    request.method = way % 8 == 0 ? HttpMethod::head : HttpMethod::get;
    const std::string page = "/lookup?name=" + name + (way % 2 == 0 ? "" : "&lang=de");
    request.target = page;
    const UtcTime now = testing::sample_time() + (way % 4 == 0 ? std::chrono::hours(24) : std::chrono::hours(0));
    HttpResponse response;
    pages_->answer(request, {}, RateLimits{}, now, {}, response);
    writer_of_responses_.append(out, response, request.method == HttpMethod::head, way % 3 == 0, true, now);
    if (response.status == 200) ++pages_found_;
    return out;
  }
  [[nodiscard]] std::size_t pages_found() const { return pages_found_; }

 private:
  testing::TemporaryDirectory place_;
  std::unique_ptr<redaction::ViewWriter> writer_;
  std::shared_ptr<redaction::ViewReader> reader_;
  std::unique_ptr<RdapAnswerer> rdap_;
  std::unique_ptr<LookupPages> pages_;
  std::size_t pages_found_ = 0;
  ResponseWriter writer_of_responses_;
  std::vector<std::string> held_;
};

redaction::PublicTexts texts_for(const Catalog& catalog) {
  auto texts = testing::sample_texts();
  texts.registrars = catalog.registrars;
  texts.tlds = catalog.tlds;
  return texts;
}

TEST(RdapProperty, WithheldValuesInfluenceNothingThatIsSent) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  Chance chance(seed);
  const Catalog catalog = testing::test_catalog();
  const auto context = testing::test_context(catalog);
  const auto texts = texts_for(catalog);
  Side one(texts);
  Side other(texts);
  std::size_t pairs = 0;
  std::size_t found = 0;
  for (std::size_t batch = batches(); batch > 0; --batch) {
    const auto policy = chance.one_in(3) ? testing::shipped("icann-gtld") : testing::random_policy(chance.next());
    std::vector<redaction::PublicView> views;
    std::vector<redaction::PublicView> twins;
    std::vector<std::string> names;
    for (std::size_t i = pairs_at_once; i > 0; --i) {
      const RegistrationData data = testing::random_registration(chance.next());
      const auto redaction = redaction::redact(data, policy, context, testing::test_now());
      const bool service = redaction::holder_of(data, &catalog, Role::registrant).service != nullptr;
      const RegistrationData twin = testing::hidden_twin(data, redaction.decisions, service, chance);
      names.push_back(data.registration.name.ascii());
      views.push_back(redaction.view);
      twins.push_back(redaction::redact_view(twin, policy, context, testing::test_now()).view);
    }
    one.publish(std::move(views));
    other.publish(std::move(twins));
    for (const std::string& name : names) {
      const std::string sent = one.everything(name);
      ASSERT_EQ(sent, other.everything(name)) << name;
      ++pairs;
      if (sent.starts_with("HTTP/1.1 200")) ++found;
    }
  }
  EXPECT_GE(pairs, 20'000U);
  EXPECT_GT(found, pairs / 2) << "most names belong to a registrar that is known";
  EXPECT_GT(one.pages_found(), pairs / 2);
}

// Whatever stands in a view, the answer is JSON, and nothing in it can be taken for markup.
RC_GTEST_PROP(RdapProperty, AnyViewGivesJsonWithoutMarkup, ()) {
  Chance chance(*testing::seeds());
  for (std::size_t i = testing::rounds(50, 2'000); i > 0; --i) {
    const auto sample = testing::rdap_domain_sample("random", testing::random_view(chance.next()), chance.one_in(4));
    boost::json::error_code error;
    const auto value = boost::json::parse(sample.body, error);
    RC_ASSERT(!error);
    RC_ASSERT(sample.body.find_first_of("<>&") == std::string::npos);
    RC_ASSERT(
        std::none_of(sample.body.begin(), sample.body.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    for (const auto& finding : check_profile({200, "application/rdap+json", "*", sample.body}, {sample.url, {}})) {
      RC_ASSERT(finding.code != -40100 && finding.code != -13001 && finding.code != -62003 && finding.code != -20800);
    }
  }
}

}  // namespace
}  // namespace regdata::whois
