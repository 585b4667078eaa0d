// What the journal has of a command, and any octets as the registry's answer when it is asked what became of it. The first
// octet chooses what was said; a zero octet behind it ends a frame of the fuzzer's own.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "epp/resolution.hpp"

namespace {

using namespace regdata;
using namespace regdata::epp;

constexpr std::string_view opening =
    R"(<epp xmlns="urn:ietf:params:xml:ns:epp-1.0" xmlns:domain="urn:ietf:params:xml:ns:domain-1.0" )"
    R"(xmlns:host="urn:ietf:params:xml:ns:host-1.0" xmlns:contact="urn:ietf:params:xml:ns:contact-1.0"><command>)";
constexpr std::array<std::string_view, 9> said{
    "<create><domain:create><domain:name>a.test</domain:name></domain:create></create>",
    "<update><domain:update><domain:name>a.test</domain:name><domain:add><domain:ns><domain:hostObj>ns1.b.test</domain:hostObj>"
    "</domain:ns></domain:add></domain:update></update>",
    "<renew><domain:renew><domain:name>a.test</domain:name><domain:curExpDate>2027-01-31</domain:curExpDate>"
    "<domain:period unit=\"y\">1</domain:period></domain:renew></renew>",
    "<delete><domain:delete><domain:name>a.test</domain:name></domain:delete></delete>",
    "<transfer op=\"request\"><domain:transfer><domain:name>a.test</domain:name></domain:transfer></transfer>",
    "<create><host:create><host:name>ns1.a.test</host:name><host:addr>192.0.2.1</host:addr></host:create></create>",
    "<update><contact:update><contact:id>C-1</contact:id><contact:chg><contact:email>x@a.test</contact:email>"
    "<contact:disclose flag=\"0\"><contact:email/></contact:disclose></contact:chg></contact:update></update>",
    "<delete><contact:delete><contact:id>C-1</contact:id></contact:delete></delete>",
    ""};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  Entry entry;
  entry.account = "REG-TEST";
  entry.begun = UtcTime(std::chrono::hours(500'000));
  std::string_view own = said.at(*data % said.size());
  if (own.empty()) {
    own = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(own.size() + 1, rest.size()));
    entry.frame = std::string(own);
  } else {
    entry.frame = std::string(opening) + std::string(own) + "<clTRID>RD-1</clTRID></command></epp>";
  }
  const auto probe = probe_for(entry);
  // what was said by us can always be asked about; what is asked is never something that changes anything
  if (!probe && *data % said.size() + 1 < said.size()) std::abort();
  if (probe && class_of(*probe) == CommandClass::transform) std::abort();
  auto document = XmlDocument::parse(rest, {.nodes = 2000, .depth = 16});
  if (!document) return 0;
  const auto answer = Response::read(std::move(*document));
  if (!answer) return 0;
  ResolutionRules rules;
  if (*data >= 128) rules.disclosure.emplace();
  const Judgement judgement = judge(entry, rules, *answer);
  if (judgement.why.empty()) std::abort();
  // an answer that refuses to tell never proves that something was done, but that what was to go is gone
  const bool is_gone = answer->code() == 2303 || answer->code() == 2201;
  if (judgement.verdict == Verdict::applied && !answer->is_success() && !is_gone) std::abort();
  return 0;
}
