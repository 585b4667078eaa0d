#include "tests/whois/answer_checker.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>
#include <set>

namespace regdata::testing {
namespace {

/// How a key may appear: its place is its place in the table (rules.md §3.3).
enum class Need { must, may, constrained };
enum class Type { text, line, date, country, phone, postal, status, number, dnssec, ds, url, email, digits };
struct Row {
  const char* key;
  Need need;
  std::size_t most;
  Type type;
};

constexpr std::size_t many = 10'000;
constexpr std::array rows{
    Row{"Domain Name", Need::must, 1, Type::line},
    Row{"Internationalized Domain Name", Need::may, 1, Type::line},
    Row{"Registry Domain ID", Need::must, 1, Type::text},
    Row{"Registrar WHOIS Server", Need::constrained, 1, Type::text},
    Row{"Registrar URL", Need::must, 1, Type::url},
    Row{"Updated Date", Need::constrained, 1, Type::date},
    Row{"Creation Date", Need::must, 1, Type::date},
    Row{"Registry Expiry Date", Need::may, 1, Type::date},
    Row{"Registrar Registration Expiration Date", Need::constrained, 1, Type::date},
    Row{"Registrar", Need::must, 1, Type::line},
    Row{"Registrar IANA ID", Need::must, 1, Type::number},
    Row{"Registrar Abuse Contact Email", Need::must, 1, Type::line},
    Row{"Registrar Abuse Contact Phone", Need::must, 1, Type::phone},
    Row{"Reseller", Need::constrained, 1, Type::text},
    Row{"Domain Status", Need::may, many, Type::status},
    Row{"Registry Registrant ID", Need::constrained, 1, Type::text},
    Row{"Registrant Name", Need::must, 1, Type::text},
    Row{"Registrant Organization", Need::constrained, 1, Type::text},
    Row{"Registrant Street", Need::must, many, Type::text},
    Row{"Registrant City", Need::must, 1, Type::text},
    Row{"Registrant State/Province", Need::constrained, 1, Type::text},
    Row{"Registrant Postal Code", Need::constrained, 1, Type::text},
    Row{"Registrant Country", Need::must, 1, Type::text},
    Row{"Registrant Phone", Need::must, 1, Type::text},
    Row{"Registrant Phone Ext", Need::constrained, 1, Type::text},
    Row{"Registrant Fax", Need::constrained, 1, Type::text},
    Row{"Registrant Fax Ext", Need::constrained, 1, Type::text},
    Row{"Registrant Email", Need::must, 1, Type::email},
    Row{"Registry Admin ID", Need::may, 1, Type::text},
    Row{"Admin Name", Need::may, 1, Type::text},
    Row{"Admin Organization", Need::may, 1, Type::text},
    Row{"Admin Street", Need::may, 1, Type::text},
    Row{"Admin City", Need::may, 1, Type::text},
    Row{"Admin State/Province", Need::may, 1, Type::text},
    Row{"Admin Postal Code", Need::may, 1, Type::text},
    Row{"Admin Country", Need::may, 1, Type::text},
    Row{"Admin Phone", Need::may, 1, Type::text},
    Row{"Admin Phone Ext", Need::may, 1, Type::text},
    Row{"Admin Fax", Need::may, 1, Type::text},
    Row{"Admin Fax Ext", Need::may, 1, Type::text},
    Row{"Admin Email", Need::may, 1, Type::text},
    Row{"Registry Tech ID", Need::may, 1, Type::text},
    Row{"Tech Name", Need::may, 1, Type::text},
    Row{"Tech Organization", Need::may, 1, Type::text},
    Row{"Tech Street", Need::may, many, Type::text},
    Row{"Tech City", Need::may, 1, Type::text},
    Row{"Tech State/Province", Need::may, 1, Type::text},
    Row{"Tech Postal Code", Need::may, 1, Type::text},
    Row{"Tech Country", Need::may, 1, Type::text},
    Row{"Tech Phone", Need::may, 1, Type::text},
    Row{"Tech Phone Ext", Need::may, 1, Type::text},
    Row{"Tech Fax", Need::may, 1, Type::text},
    Row{"Tech Fax Ext", Need::may, 1, Type::text},
    Row{"Tech Email", Need::may, 1, Type::email},
    Row{"Name Server", Need::constrained, many, Type::text},
    Row{"DNSSEC", Need::may, 1, Type::dnssec},
    Row{"DNSSEC DS Data", Need::may, many, Type::ds},
};

constexpr std::string_view complaint_whois = "URL of the ICANN Whois Inaccuracy Complaint Form: https://www.icann.org/wicf/";
constexpr std::string_view complaint_rdds = "URL of the ICANN RDDS Inaccuracy Complaint Form: https://icann.org/wicf";
constexpr std::string_view awip = "For more information on Whois status codes, please visit https://icann.org/epp";

const std::regex& date_form() {
  static const std::regex form(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)");
  return form;
}

bool is_status(const std::string& value) {
  static const std::set<std::string> codes{"addPeriod",
                                           "autoRenewPeriod",
                                           "clientDeleteProhibited",
                                           "clientHold",
                                           "clientRenewProhibited",
                                           "clientTransferProhibited",
                                           "clientUpdateProhibited",
                                           "inactive",
                                           "ok",
                                           "pendingCreate",
                                           "pendingDelete",
                                           "pendingRenew",
                                           "pendingRestore",
                                           "pendingTransfer",
                                           "pendingUpdate",
                                           "redemptionPeriod",
                                           "renewPeriod",
                                           "serverDeleteProhibited",
                                           "serverHold",
                                           "serverRenewProhibited",
                                           "serverTransferProhibited",
                                           "serverUpdateProhibited",
                                           "transferPeriod"};
  const std::size_t blank = value.find(' ');
  const std::string code = value.substr(0, blank);
  return codes.count(code) == 1 && blank != std::string::npos && value.substr(blank) == " https://icann.org/epp#" + code;
}

bool fits(Type type, const std::string& value) {
  static const std::regex number(R"(\d{1,10})");
  static const std::regex phone(R"(\+\d{1,3}\.\d{1,14})");
  static const std::regex ds(R"(\d{1,5} \d{1,3} \d{1,3} \S+)");
  switch (type) {
    case Type::line:
      return !value.empty();
    case Type::date:
      return value.empty() || std::regex_match(value, date_form());
    case Type::number:
      return std::regex_match(value, number);
    case Type::phone:
      return std::regex_match(value, phone);
    case Type::status:
      return is_status(value);
    case Type::dnssec:
      return value == "signedDelegation" || value == "unsigned" || value.empty();
    case Type::ds:
      return std::regex_match(value, ds);
    case Type::url:
      return value.starts_with("https://") || value.starts_with("http://");
    default:
      return true;
  }
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
  return lines;
}

/// Reads the footer from the end of the fields on (rules.md §3.3 rows 30–34).
void read_footer(const std::vector<std::string>& lines, std::size_t at, ParsedAnswer& answer) {
  const auto expect = [&](bool right, const char* what) {
    if (!right) answer.problems.push_back(std::string("footer: ") + what);
    return right;
  };
  const auto line = [&](std::size_t i) { return i < lines.size() ? std::string_view(lines[i]) : std::string_view("<end>"); };
  answer.complaint_line = line(at);
  if (!expect(line(at) == complaint_whois || line(at) == complaint_rdds, "complaint form")) return;
  ++at;
  constexpr std::string_view begin = ">>> Last update of WHOIS database: ";
  const std::string_view update = line(at);
  if (!expect(update.starts_with(begin) && update.ends_with(" <<<"), "last update")) return;
  answer.last_update = update.substr(begin.size(), update.size() - begin.size() - 4);
  expect(std::regex_match(answer.last_update, date_form()), "time of last update");
  expect(answer.last_update.size() == 20 && answer.last_update.ends_with(":00Z"), "last update is to the minute");
  expect(line(++at).empty(), "blank line before the status codes");
  expect(line(++at) == awip, "status codes");
  expect(line(++at).empty(), "blank line before the disclaimer");
  for (++at; at < lines.size(); ++at) answer.disclaimer.push_back(lines[at]);
  expect(!answer.disclaimer.empty() && !answer.disclaimer.front().empty(), "disclaimer");
}

}  // namespace

std::vector<std::string> ParsedAnswer::values(std::string_view key) const {
  std::vector<std::string> found;
  for (const AnswerLine& line : fields)
    if (line.key == key) found.push_back(line.value);
  return found;
}

std::string ParsedAnswer::value(std::string_view key) const {
  const auto found = values(key);
  return found.size() == 1 ? found.front() : "<" + std::to_string(found.size()) + " values>";
}

bool ParsedAnswer::has(std::string_view key) const { return !values(key).empty(); }

std::vector<std::string> check_lines(std::string_view text) {
  std::vector<std::string> problems;
  const auto wrong = [&](const char* what, std::size_t at) {
    problems.push_back(std::string(what) + " at byte " + std::to_string(at));
  };
  if (!text.ends_with("\r\n")) wrong("no line end", text.size());
  if (text.starts_with("\xEF\xBB\xBF")) wrong("byte order mark", 0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) wrong("lone CR", i);
    if (byte == '\n' && (i == 0 || text[i - 1] != '\r')) wrong("lone LF", i);
    if (byte == '\r' && i > 0 && text[i - 1] == ' ') wrong("blank at the end of a line", i);
    if ((byte < 0x20 && byte != '\r' && byte != '\n') || byte == 0x7F) wrong("control character", i);
    const std::string_view rest = text.substr(i);
    if (byte == 0xC2 && rest.size() > 1 && static_cast<unsigned char>(rest[1]) < 0xA1) wrong("C1 control or no-break space", i);
    // U+061C, U+200B, U+200E–F, U+2028–E, U+2066–9, U+FEFF as bytes
    if (rest.starts_with("\xD8\x9C") || rest.starts_with("\xEF\xBB\xBF") || rest.starts_with("\xE2\x80\x8B"))
      wrong("unseen character", i);
    if (rest.size() > 2 && rest.starts_with("\xE2\x80")) {
      const auto third = static_cast<unsigned char>(rest[2]);
      if (third == 0x8E || third == 0x8F || (third >= 0xA8 && third <= 0xAE)) wrong("bidirectional control or separator", i);
    }
    if (rest.size() > 2 && rest.starts_with("\xE2\x81")) {
      const auto third = static_cast<unsigned char>(rest[2]);
      if (third >= 0xA0 && third <= 0xAF) wrong("bidirectional isolate", i);
    }
  }
  return problems;
}

ParsedAnswer check_domain_answer(std::string_view text, const CheckerOptions& options) {
  ParsedAnswer answer;
  answer.problems = check_lines(text);
  const std::vector<std::string> lines = split(text);
  std::size_t at = 0;
  std::size_t row = 0;
  std::vector<std::size_t> seen(rows.size(), 0);
  for (; at < lines.size() && !lines[at].starts_with("URL of the ICANN"); ++at) {
    const std::size_t colon = lines[at].find(':');
    if (colon == std::string::npos || colon == 0) {
      answer.problems.push_back("line " + std::to_string(at) + ": no key");
      continue;
    }
    const std::string key = lines[at].substr(0, colon);
    std::string value = lines[at].substr(colon + 1);
    if (!value.empty() && value.front() != ' ') answer.problems.push_back(key + ": no blank behind the colon");
    if (!value.empty()) value.erase(0, 1);
    if (value.find("  ") != std::string::npos) answer.problems.push_back(key + ": two blanks");
    std::size_t place = row;
    while (place < rows.size() && rows[place].key != key) ++place;
    if (place == rows.size()) {
      answer.problems.push_back("line " + std::to_string(at) + ": key unknown or out of order: " + key);
      continue;
    }
    row = place;
    if (++seen[row] > rows[row].most) answer.problems.push_back(key + ": too often");
    if (value != options.redacted && !fits(rows[row].type, value)) answer.problems.push_back(key + ": bad value");
    answer.fields.push_back({key, std::move(value)});
  }
  // optional keys without data: all empty or all left out (rules.md §3.2)
  bool empty = false;
  bool omitted = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].need == Need::must && seen[i] == 0) answer.problems.push_back(std::string(rows[i].key) + ": missing");
    if (rows[i].need != Need::constrained) continue;
    omitted = omitted || seen[i] == 0;
    const auto values = answer.values(rows[i].key);
    empty = empty || (values.size() == 1 && values.front().empty());
  }
  if (empty && omitted) answer.problems.emplace_back("optional keys are partly empty and partly left out");
  read_footer(lines, at, answer);
  return answer;
}

}  // namespace regdata::testing
