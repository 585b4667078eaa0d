// Any bytes are an answer, any URI may have been asked, any text may be a path: findings come out, all of them in words.
#include <boost/json/parse.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "whois/profile_check.hpp"
#include "whois/profile_path.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::whois;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t line = bytes.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view body = bytes.substr(line + 1);
  const std::string url(bytes.substr(0, line));
  for (const std::uint16_t status : {200, 404}) {
    for (const ProfileFinding& finding : check_profile({status, "application/rdap+json", "*", body}, {url, {}}))
      if (profile_rule(finding.code) == nullptr) std::abort();
  }
  boost::json::error_code error;
  const auto value = boost::json::parse(boost::json::string_view(body.data(), body.size()), error);
  if (!error) evaluate_path(value, url);
  return 0;
}
