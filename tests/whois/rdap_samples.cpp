#include "tests/whois/rdap_samples.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/redaction/made_view.hpp"
#include "tests/whois/sample_views.hpp"
#include "whois/rdap.hpp"

namespace regdata::testing {
namespace {

const redaction::PublicTexts& texts() {
  static const redaction::PublicTexts texts = sample_texts();
  return texts;
}

template <class Append>
RdapSample made(std::string name, const std::string& path, Append append, bool stale = false) {
  RdapSample sample{std::move(name), texts().rdap_base + path, {}};
  whois::Stamp stamp;
  const whois::RdapFrame frame{texts(), sample_time(), stale, sample.url};
  append(sample.body, frame, stamp);
  sample.stamp_offset = stamp.offset;
  sample.stamp_length = stamp.length;
  return sample;
}

RdapSample error_sample(std::string name, const std::string& path, std::uint16_t status, std::string_view title) {
  RdapSample sample{std::move(name), texts().rdap_base + path, {}, status};
  whois::append_rdap_error(sample.body, status, title, "Nothing of this name is held here.");
  return sample;
}

}  // namespace

RdapSample rdap_domain_sample(std::string name, const redaction::PublicViewData& view, bool stale) {
  return made(
      std::move(name), "domain/" + view.name,
      [&](std::string& out, const whois::RdapFrame& frame, whois::Stamp& stamp) {
        EXPECT_TRUE(whois::append_rdap_domain(out, made_view(view), frame, stamp));
      },
      stale);
}

std::vector<RdapSample> rdap_samples() {
  using whois::RdapFrame;
  using whois::Stamp;
  std::vector<RdapSample> samples{rdap_domain_sample("rdap.withheld", withheld_view()),
                                  rdap_domain_sample("rdap.chosen", chosen_view()),
                                  rdap_domain_sample("rdap.sparse", sparse_view()), rdap_domain_sample("rdap.idn", idn_view()),
                                  rdap_domain_sample("rdap.chosen.stale", chosen_view(), true)};
  samples.push_back(made("rdap.host", "nameserver/ns1.bluehen.example", [](std::string& out, const RdapFrame& frame, Stamp& s) {
    whois::append_rdap_host(out, {"ns1.bluehen.example", {"192.0.2.53", "2001:db8::53"}, "main"}, frame, s);
  }));
  samples.push_back(made("rdap.registrar", "entity/9999", [](std::string& out, const RdapFrame& frame, Stamp& s) {
    whois::append_rdap_registrar(out, frame.texts.registrars[0], frame, s);
  }));
  samples.push_back(made("rdap.registrar-second", "entity/9998", [](std::string& out, const RdapFrame& frame, Stamp& s) {
    whois::append_rdap_registrar(out, frame.texts.registrars[1], frame, s);
  }));
  samples.push_back(made("rdap.help", "help", [](std::string& out, const RdapFrame& frame, Stamp&) {
    whois::append_rdap_help(out, whois::RateLimits{}, frame);
  }));
  samples.push_back(error_sample("rdap.not-found", "domain/elsewhere.example", 404, "Not Found"));
  samples.push_back(error_sample("rdap.bad-request", "domain/-", 400, "Bad Request"));
  return samples;
}

std::vector<whois::ProfileFinding> check_sample(const RdapSample& sample) {
  return whois::check_profile({sample.status, "application/rdap+json", "*", sample.body}, {sample.url, texts().rdap_base});
}

std::string to_text(const std::vector<whois::ProfileFinding>& findings) {
  std::string out;
  for (const auto& finding : findings) out += fmt::format("{} {}\n", finding.code, finding.where);
  return out;
}

std::string in_lines(std::string_view json) {
  std::string out;
  bool quoted = false;
  bool escaped = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    out.push_back(c);
    if (escaped) {
      escaped = false;
    } else if (quoted) {
      escaped = c == '\\';
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',' || (c == '[' && i + 1 < json.size() && json[i + 1] == '{')) {
      out.push_back('\n');
    }
  }
  return out + "\n";
}

}  // namespace regdata::testing
