#include "bench/server_process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "redaction/view_store.hpp"
#include "tests/redaction/made_view.hpp"

namespace regdata::bench {
namespace fs = std::filesystem;

ServerProcess::ServerProcess(const std::vector<std::string>& command) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (pipe(in.data()) != 0 || pipe(out.data()) != 0) throw std::runtime_error("no pipe");
  pid_ = fork();
  if (pid_ == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    for (const int end : {in[0], in[1], out[0], out[1]}) close(end);
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  input_ = in[1];
  std::string line;
  for (char c = 0; read(out[0], &c, 1) == 1 && c != '\n';) line.push_back(c);
  close(out[0]);
  port_ = static_cast<std::uint16_t>(std::atoi(line.c_str()));
  if (port_ == 0) throw std::runtime_error("the server did not start: " + command.front());
}

ServerProcess::~ServerProcess() {
  close(input_);
  waitpid(pid_, nullptr, 0);
}

double ServerProcess::cpu_seconds() const {
  std::uint64_t nanoseconds = 0;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
    std::ifstream file(task.path() / "schedstat");
    std::uint64_t one = 0;
    file >> one;
    nanoseconds += one;
  }
  return static_cast<double>(nanoseconds) / 1e9;
}

double ServerProcess::private_mebibytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("RssAnon:")) return std::stod(line.substr(8)) / 1024;
  return 0;
}

int ServerProcess::open_files() const {
  const fs::directory_iterator files("/proc/" + std::to_string(pid_) + "/fd");
  return static_cast<int>(std::distance(begin(files), end(files)));
}

std::string name_at(std::uint64_t index) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "name-%09llu.example", static_cast<unsigned long long>(index));
  return text.data();
}

namespace {

redaction::PublicContact withheld_contact(Role role, const std::string& name) {
  using redaction::Withheld;
  redaction::PublicContact contact;
  contact.role = role;
  contact.id = Withheld{10};
  contact.name = Withheld{11};
  contact.phone = Withheld{12};
  contact.email = Withheld{13};
  contact.replaced_email = {redaction::ReplacedEmail::Kind::form_url, "https://registrar.example/contact?d=" + name, 14};
  if (role != Role::registrant) return contact;
  contact.organization = Withheld{15};
  contact.street = Withheld{16};
  contact.city = Withheld{17};
  contact.state = redaction::Shown<std::string>{"Westmark", 18, false};
  contact.postal_code = Withheld{19};
  contact.country = redaction::Shown<std::string>{"FR", 20, false};
  return contact;
}

/// A registration as most are: everything personal withheld, two name servers, one status.
redaction::PublicView usual_view(std::uint64_t index) {
  redaction::PublicViewData view;
  view.name = view.unicode_name = name_at(index);
  view.registrar = "main";
  view.registry_domain_id = redaction::Shown<std::string>{"D" + std::to_string(index) + "-EXAMPLE", 5, false};
  view.created = UtcTime(std::chrono::seconds(1'262'304'000 + static_cast<std::int64_t>(index)));
  view.updated = view.created + std::chrono::hours(1000);
  view.registrar_expires = view.registry_expires = view.created + std::chrono::hours(24 * 3650);
  view.statuses.insert(Status::client_transfer_prohibited);
  view.hosts = {"ns1.hosting.example", "ns2.hosting.example"};
  view.dnssec = redaction::PublicDnssec::unsigned_delegation;
  view.contacts = {withheld_contact(Role::registrant, view.name), withheld_contact(Role::technical, view.name)};
  return testing::made_view(view);
}

redaction::PublicTexts usual_texts() {
  redaction::PublicTexts texts;
  Registrar registrar;
  registrar.id = "main";
  registrar.iana_id = 9999;
  registrar.name = "Example Registrar SARL";
  registrar.url = "https://registrar.example/";
  registrar.whois_server = "whois.registrar.example";
  registrar.abuse_email = "abuse@registrar.example";
  registrar.abuse_phone = "+33.155550199";
  texts.registrars = {registrar};
  texts.tlds = {{"example", "registry-one", "icann-gtld", true}};
  for (int i = 0; i < 8; ++i)
    texts.whois_disclaimer += "A line of a disclaimer of the usual length, so that the answer has the usual size as well.\n";
  texts.redacted_text = "REDACTED";
  texts.rdap_base = "https://rdap.registrar.example/";
  texts.terms_url = "https://registrar.example/terms";
  for (redaction::RuleId id = 5; id <= 20; ++id)
    texts.rules.push_back(
        {id, "icann-gtld", "rule", "RDP 9.2", "This element is withheld unless its holder chose to show it."});
  return texts;
}

}  // namespace

void make_view_store(const fs::path& directory, std::uint64_t count) {
  auto writer = redaction::ViewWriter::open(directory);
  if (!writer) throw std::runtime_error(writer.error().context);
  redaction::ViewWriter::Batch finish;
  finish.texts = usual_texts();
  finish.sequence = 1;
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  finish.applied_until = now;
  finish.heartbeat = now + std::chrono::hours(24);  // no publisher runs beside the benchmark
  const auto filled = (*writer)->rebuild(
      [&](redaction::ViewWriter::Filler& filler) -> Expected<void> {
        for (std::uint64_t i = 0; i < count; ++i)
          if (auto put = filler.put(usual_view(i)); !put) return put.error();
        return {};
      },
      finish);
  if (!filled) throw std::runtime_error(filled.error().context);
}

std::string beside(const char* program, const std::string& name) { return (fs::path(program).parent_path() / name).string(); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace regdata::bench
